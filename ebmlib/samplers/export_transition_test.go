package samplers

// What the transitions do once their random numbers are drawn.
var (
	CropBy   = crop
	ShiftBy  = shift
	BlurBy   = blur
	RotateBy = rotate
	Adjust   = adjust
	TurnHue  = turnHue
	Ranks    = ranks
)
