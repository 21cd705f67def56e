package browser

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	screenshot  = flag.String("screenshot", "", "`file` that TestScreenshot leaves the picture of the demo in")
	screenshots = flag.String("screenshots", "", "`folder` that TestScreenshot leaves all its pictures in")
)

// TestScreenshot takes pictures of the page while people chat, on a desktop and
// on phones, where nothing may stick out to the side.
func TestScreenshot(t *testing.T) {
	into := t.TempDir()
	if *screenshots != "" {
		into = *screenshots
	}
	n := serve(t, "--workers=8", "--demo", "--balance=round-robin")
	drive(t, "screenshot.mjs", map[string]any{"url": url(n), "into": into})
	pictures, err := filepath.Glob(filepath.Join(into, "*.png"))
	if err != nil || len(pictures) < 4 {
		t.Fatalf("pictures: %v, %v", pictures, err)
	}
	for _, file := range pictures {
		size := image.Pt(2*390, 2*844)
		switch name := filepath.Base(file); {
		case name == "desktop.png", name == "dark.png":
			size = image.Pt(2*1280, 2*800)
		case strings.HasPrefix(name, "phone-320"):
			size.X = 2 * 320
		}
		looksLikeSomething(t, file, size)
	}
	if *screenshot != "" && !t.Failed() {
		keep(t, filepath.Join(into, "desktop.png"), *screenshot)
	}
}

// looksLikeSomething fails for a picture that is blank or nearly so.
func looksLikeSomething(t *testing.T, file string, size image.Point) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if picture.Bounds().Size() != size {
		t.Errorf("%s: %v, want %v", file, picture.Bounds().Size(), size)
	}
	colours := make(map[color.Color]int)
	most, all := 0, 0
	for y := 0; y < size.Y; y += 2 {
		for x := 0; x < size.X; x += 2 {
			c := picture.At(x, y)
			colours[c]++
			most = max(most, colours[c])
			all++
		}
	}
	if len(colours) < 300 || most > all*9/10 {
		t.Errorf("%s: %d colours, one of them in %d of %d places", file, len(colours), most, all)
	}
}

func keep(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPageWithoutClient is what somebody sees whose build had no npm.
func TestPageWithoutClient(t *testing.T) {
	n := serve(t, "--workers=1", "--demo", "--serve-client=false")
	drive(t, "without.mjs", map[string]any{"url": url(n)})
}
