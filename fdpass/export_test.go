package fdpass

// What the fuzz targets need of the inside.
var (
	ParseControl  = parseControl
	OOBSize       = oobSize
	ControlKind   = control
	StarvedEvents = func(s *Sender) int { return int(s.starved.Load()) }
)

// ParseRights returns the descriptors that control data names and whether something else was there.
func ParseRights(oob []byte) (fds []int32, foreign bool) {
	r := parseRights(oob)
	return r.fds[:r.n], r.foreign
}

// Descriptor is the number of r's end.
func (r *Receiver) Descriptor() int { return r.end.Descriptor() }
