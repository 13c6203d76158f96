package data

import (
	"maps"
	"slices"
	"sync"
)

// corruptImages is what is wrong with each image found corrupt so far, by its number.
type corruptImages struct {
	sync.Mutex
	errs map[int]error
}

func (c *corruptImages) has(i int) bool {
	c.Lock()
	defer c.Unlock()
	return c.errs[i] != nil
}

func (c *corruptImages) add(i int, err error) {
	c.Lock()
	defer c.Unlock()
	c.errs[i] = err
}

// list is what is wrong with each, by number; nil if none is known.
func (c *corruptImages) list() []string {
	c.Lock()
	defer c.Unlock()
	var list []string
	for _, i := range slices.Sorted(maps.Keys(c.errs)) {
		list = append(list, c.errs[i].Error())
	}
	return list
}
