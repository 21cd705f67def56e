package socketio

// loss is why a socket that was asked will not answer.
type loss byte

const (
	lossSocket   loss = iota // it has gone
	lossOwes                 // it owes as many acknowledgements as it may
	lossVolatile             // it could not be written to at once
	lossBusy                 // its worker holds as many answers as it may
	lastLoss     = lossBusy
)

func (l loss) err() error {
	switch l {
	case lossOwes:
		return ErrTooManyAcks
	case lossVolatile:
		return ErrNotWritable
	case lossBusy:
		return ErrBusy
	}
	return ErrDisconnected
}

func lossOf(err error) loss {
	for l := range lastLoss + 1 {
		if l.err() == err {
			return l
		}
	}
	return lossSocket
}
