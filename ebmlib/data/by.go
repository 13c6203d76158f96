package data

import "fmt"

// By is the source labelled by one of its attributes instead, whose values then are the classes: [Set.By], [ImageFiles.By],
// [Shapes.By] or [Sprites.By], of a source such as [ByName] opens. A source of another type, and a name that none of its
// attributes has, are errors.
func By(source Source, attribute string) (Source, error) {
	switch s := source.(type) {
	case *Set:
		return asSource(s.By(attribute))
	case *ImageFiles:
		return asSource(s.By(attribute))
	case Shapes:
		return asSource(s.By(attribute))
	case *Sprites:
		return asSource(s.By(attribute))
	}
	return nil, fmt.Errorf("%s has no attributes, so it can't be labelled by %q", source.Info().Name, attribute)
}
