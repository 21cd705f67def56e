package command

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is stamped in by the build.
var Version = "unknown"

// build is what is known of this binary.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"` // of the commit, RFC 3339
	Modified bool   `json:"modified"`       // the sources differ from the commit
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func readBuild() build {
	b := build{Version: version(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// version is the stamped one, or what Go knows of a binary that go install made.
func version() string {
	if Version != "unknown" {
		return Version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return Version
}

// version prints what is known of this binary.
func (p *program) version(string) error {
	b := readBuild()
	if p.switches["json"] {
		return json.NewEncoder(p.out).Encode(b)
	}
	text := fmt.Sprintf("ioserver %s\n", b.Version)
	if b.Commit != "" {
		text += "commit " + b.Commit
		if b.Time != "" {
			text += " of " + b.Time
		}
		if b.Modified {
			text += ", modified"
		}
		text += "\n"
	}
	_, err := fmt.Fprintf(p.out, "%s%s %s/%s\n", text, b.Go, b.OS, b.Arch)
	return err
}
