package sio

// Elements appends the raw elements of a JSON array, such as the Data of an ack, to dst. They lie in array.
func Elements(array []byte, dst [][]byte) ([][]byte, error) {
	i := skipSpace(array, 0)
	if i >= len(array) || array[i] != '[' {
		return dst, ErrPayload
	}
	i = skipSpace(array, i+1)
	if i < len(array) && array[i] == ']' {
		i++
	} else {
		var ok bool
		if dst, i, ok = elements(array, i, dst); !ok || i >= len(array) || array[i] != ']' {
			return dst, ErrPayload
		}
		i++
	}
	if skipSpace(array, i) != len(array) {
		return dst, ErrPayload
	}
	return dst, nil
}

// Split appends the raw values of args, as [ParseEvent] returns them, to dst. They lie in args.
func Split(args []byte, dst [][]byte) ([][]byte, error) {
	i := skipSpace(args, 0)
	if i == len(args) {
		return dst, nil
	}
	dst, i, ok := elements(args, i, dst)
	if !ok || i != len(args) {
		return dst, ErrPayload
	}
	return dst, nil
}

// elements reads values between commas from b[i] on. It returns the index of what is neither.
func elements(b []byte, i int, dst [][]byte) ([][]byte, int, bool) {
	for {
		end := skipValue(b, i)
		if end < 0 {
			return dst, end, false
		}
		dst = append(dst, b[i:end:end])
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ',' {
			return dst, i, true
		}
		i = skipSpace(b, i+1)
	}
}
