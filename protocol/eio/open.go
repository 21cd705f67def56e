package eio

import "strconv"

// OpenData is what the server tells a client in the open packet. Durations are milliseconds, MaxPayload bytes.
type OpenData struct {
	SID          string
	Upgrades     []string
	PingInterval int
	PingTimeout  int
	MaxPayload   int
}

// AppendOpen appends the data of an open packet, a JSON object without the packet's type, to dst.
func AppendOpen(dst []byte, o OpenData) []byte {
	dst = append(dst, `{"sid":`...)
	dst = appendJSONString(dst, o.SID)
	dst = append(dst, `,"upgrades":[`...)
	for i, u := range o.Upgrades {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONString(dst, u)
	}
	dst = append(dst, `],"pingInterval":`...)
	dst = strconv.AppendInt(dst, int64(o.PingInterval), 10)
	dst = append(dst, `,"pingTimeout":`...)
	dst = strconv.AppendInt(dst, int64(o.PingTimeout), 10)
	dst = append(dst, `,"maxPayload":`...)
	dst = strconv.AppendInt(dst, int64(o.MaxPayload), 10)
	return append(dst, '}')
}
