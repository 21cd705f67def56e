package contract

import (
	"embed"
	"strings"
)

//go:embed schemas/*.json
var schemas embed.FS

// Schema is the JSON Schema (draft 2020-12) of a body: of a command by its
// name, and of done, acked, servers-acked, sockets-page, rooms-page and error,
// which are answers; on-connect, on-event and on-disconnect, which go to the
// application; on-connect-answer and on-event-answer. nil: there is none.
func Schema(name string) []byte {
	b, err := schemas.ReadFile("schemas/" + name + ".json")
	if err != nil {
		return nil
	}
	return b
}

// Schemas are the names that have one, in order.
func Schemas() (names []string) {
	entries, err := schemas.ReadDir("schemas")
	if err != nil {
		panic(err) // it is part of the binary
	}
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}
