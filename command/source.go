package command

import "fmt"

// source is where a value comes from. The zero source is the default.
type source struct {
	kind sourceKind
	file string // of inFile
	line int    // of inFile
}

type sourceKind int

// The sources, each going before the ones above it.
const (
	byDefault sourceKind = iota
	inFile
	inEnvironment
	onCommandLine
)

// label names a setting as the source does, for errors.
func (f source) label(s *setting) string {
	switch f.kind {
	case inFile:
		return fmt.Sprintf("%s: %s", f, s.name)
	case inEnvironment:
		return s.variable()
	}
	return "--" + s.name
}

// String is for people who ask where a value comes from.
func (f source) String() string {
	switch f.kind {
	case inFile:
		return fmt.Sprintf("%s:%d", oneLine(f.file), f.line)
	case inEnvironment:
		return "environment"
	case onCommandLine:
		return "command line"
	}
	return "default"
}
