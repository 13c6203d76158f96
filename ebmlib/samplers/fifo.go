package samplers

// fifoRow goes round the rows: each sample takes the place of the oldest.
func fifoRow(capacity, t int) int {
	return t % capacity
}
