package ws

// Opcode is the type of a frame (RFC 6455, section 5.2).
type Opcode byte

// The opcodes that are defined. All others are reserved, and refused.
const (
	OpContinuation Opcode = 0x0
	OpText         Opcode = 0x1
	OpBinary       Opcode = 0x2
	OpClose        Opcode = 0x8
	OpPing         Opcode = 0x9
	OpPong         Opcode = 0xa
)

// MaxControl is the largest payload of a close, ping or pong frame in bytes (RFC 6455, section 5.5).
const MaxControl = 125

func (o Opcode) control() bool { return o&0x8 != 0 }

func (o Opcode) valid() bool { return o <= OpBinary || (o >= OpClose && o <= OpPong) }
