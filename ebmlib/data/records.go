package data

// records are images that lie one after another, each in the same number of bytes, where they are read one by one.
type records struct {
	count int
	read  func(i int, into []uint8) error // the i-th
}

// recordSource is a source of images [channels, height, width] that lie in one or more runs of records. What reading a record
// needs, such as open files, it keeps as long as it is in use itself.
type recordSource struct {
	info   Info
	parts  []records
	labels []int32                   // of all parts, one after another; nil if there are none
	decode func(into, image []uint8) // from the order of a record's values to row-major
}

func (s *recordSource) Info() Info { return s.info }

func (s *recordSource) Read(rows []int) (*Set, error) {
	if err := s.info.rowsErr(rows); err != nil {
		return nil, err
	}
	size := s.info.Shape[0] * s.info.Shape[1] * s.info.Shape[2]
	set := &Set{
		Name: s.info.Name, Shape: s.info.Shape, Classes: s.info.Classes,
		Bytes: make([]uint8, len(rows)*size), Labels: pick(s.labels, 1, rows),
	}
	record := make([]uint8, size)
	for k, row := range rows {
		part := 0
		for ; row >= s.parts[part].count; part++ {
			row -= s.parts[part].count
		}
		if err := s.parts[part].read(row, record); err != nil {
			return nil, err
		}
		s.decode(set.Bytes[k*size:(k+1)*size], record)
	}
	return set, nil
}

// rowByRow is the decoding of an image that is row-major already.
func rowByRow(into, image []uint8) { copy(into, image) }

// columnByColumn decodes an image whose planes, side x side each, run column by column, as MATLAB's arrays do.
func columnByColumn(side int) func(into, image []uint8) {
	return func(into, image []uint8) {
		for plane := 0; plane < len(image); plane += side * side {
			for row := range side {
				for column := range side {
					into[plane+row*side+column] = image[plane+column*side+row]
				}
			}
		}
	}
}
