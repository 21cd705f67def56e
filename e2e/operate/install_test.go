package operate

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// installed is all that the script puts into a root, with its mode.
var installed = map[string]fs.FileMode{
	"usr/local/bin/ioserver":                                  0o755,
	"usr/local/lib/systemd/system/ioserver.service":           0o644,
	"usr/local/lib/systemd/system/ioserver.socket":            0o644,
	"usr/local/lib/systemd/system/ioserver-api.socket":        0o644,
	"usr/local/share/man/man1/ioserver.1":                     0o644,
	"usr/local/share/bash-completion/completions/ioserver":    0o644,
	"usr/local/share/zsh/site-functions/_ioserver":            0o644,
	"usr/local/share/fish/vendor_completions.d/ioserver.fish": 0o644,
	"etc/ioserver/ioserver.yaml":                              0o640,
}

const configuration = "etc/ioserver/ioserver.yaml"

// installer runs the script with the program as users have it.
func installer(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	script, err := filepath.Abs(filepath.Join(repository, "scripts/install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(within(t), script, arguments...)
}

func install(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := installer(t, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("install.sh %v: %v\n%s", arguments, err, out)
	}
	return string(out)
}

// tree are the files beneath a folder, with their modes.
func tree(t *testing.T, root string) map[string]fs.FileMode {
	t.Helper()
	files := make(map[string]fs.FileMode)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		files[name] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func compare(t *testing.T, root string, want map[string]fs.FileMode) {
	t.Helper()
	got := tree(t, root)
	for name, mode := range want {
		if got[name] != mode {
			t.Errorf("%s: mode %v, want %v", name, got[name], mode)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s is there, too", name)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInstall(t *testing.T) {
	root := t.TempDir()
	install(t, "--root", root, "--binary", plain)
	compare(t, root, installed)
	program := filepath.Join(root, "usr/local/bin/ioserver")
	if out, err := exec.Command(program, "check-config", "--config", filepath.Join(root, configuration)).CombinedOutput(); err != nil {
		t.Errorf("the default configuration: %v\n%s", err, out)
	}
	if page := read(t, filepath.Join(root, "usr/local/share/man/man1/ioserver.1")); !strings.Contains(page, `max\-http\-buffer\-size`) {
		t.Errorf("a manual page of %d bytes", len(page))
	}

	// again, over a configuration that was edited, and with a program that runs
	edited := "workers: 3\n"
	if err := os.WriteFile(filepath.Join(root, configuration), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	runs := exec.Command(program, "--listen=127.0.0.1:0", "--workers=1")
	runs.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := runs.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = runs.Process.Signal(syscall.SIGTERM)
		_ = runs.Wait()
	}()
	for range 2 {
		install(t, "--root="+root, "--binary="+plain)
	}
	if got := read(t, filepath.Join(root, configuration)); got != edited {
		t.Errorf("the configuration was changed to %q", got)
	}

	install(t, "--remove", "--root", root)
	compare(t, root, map[string]fs.FileMode{configuration: 0o640})
	install(t, "--remove", "--root", root) // nothing to do is no error
	install(t, "--remove", "--purge", "--root", root)
	compare(t, root, nil)
}

func TestInstallForAPackage(t *testing.T) {
	root := t.TempDir()
	cmd := installer(t, "--prefix=/usr", "--binary", plain)
	cmd.Env = append(os.Environ(), "DESTDIR="+root)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := make(map[string]fs.FileMode)
	for name, mode := range installed {
		want[strings.Replace(name, "usr/local/", "usr/", 1)] = mode
	}
	compare(t, root, want)
	unit := read(t, filepath.Join(root, "usr/lib/systemd/system/ioserver.service"))
	if strings.Contains(unit, "/usr/local/") || !strings.Contains(unit, "\nExecStart=/usr/bin/ioserver ") {
		t.Errorf("the unit starts another program:\n%s", unit)
	}
}

// TestUnitsVerify: with the program where the units look for it.
func TestUnitsVerify(t *testing.T) {
	root := t.TempDir()
	install(t, "--root", root, "--binary", plain)
	for _, path := range []string{"/bin/kill"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(root, path)); err != nil {
			t.Fatal(err)
		}
	}
	// systemd's own units, which every unit depends on
	own := filepath.Join(root, "usr/lib/systemd/system")
	if err := os.CopyFS(own, os.DirFS("/usr/lib/systemd/system")); err != nil && !strings.Contains(err.Error(), "exist") {
		t.Fatal(err)
	}
	for _, unit := range []string{"ioserver.service", "ioserver.socket", "ioserver-api.socket"} {
		if out := analyze(t, "verify", "--man=no", "--root="+root, unit); strings.TrimSpace(out) != "" {
			t.Errorf("%s: %s", unit, out)
		}
	}
}

func TestInstallRefuses(t *testing.T) {
	tests := map[string]struct {
		arguments []string
		says      string
	}{
		"no program":      {[]string{"--root", t.TempDir(), "--binary", "/nowhere"}, "scripts/build.sh"},
		"no value":        {[]string{"--root"}, "--root needs a value"},
		"empty value":     {[]string{"--root=", "--binary", "/nowhere"}, "--root needs a value"}, // not this system
		"odd prefix":      {[]string{"--root", t.TempDir(), "--prefix", "/a b|c"}, "--prefix"},
		"unknown":         {[]string{"--frobnicate"}, "--frobnicate"},
		"purge by itself": {[]string{"--root", t.TempDir(), "--purge"}, "--remove"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			out, err := installer(t, test.arguments...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.says) || strings.Count(string(out), "\n") != 1 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// TestInstallWithoutRoot: nobody else changes the system, and is told what to do.
func TestInstallWithoutRoot(t *testing.T) {
	cmd := installer(t, "--binary", plain)
	if os.Getuid() == 0 {
		cmd = exec.CommandContext(within(t), "/bin/bash", "-s", "--", "--binary", plain)
		cmd.Stdin = strings.NewReader(read(t, filepath.Join(repository, "scripts/install.sh")))
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "sudo") {
		t.Errorf("%v: %s", err, out)
	}
}

// private makes /etc and /usr/local this process's own, and then runs the script;
// what it changes is printed before it is gone.
const private = `set -e
mkdir -p "$1/etc" "$1/local" "$1/work1" "$1/work2"
mount -t overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work1" overlay /etc
mount -t overlay -o "lowerdir=/usr/local,upperdir=$1/local,workdir=$1/work2" overlay /usr/local
"$2" --binary "$3"
"$2" --binary "$3"
getent passwd ioserver
stat -c '%n %U:%G %a' /etc/ioserver /etc/ioserver/ioserver.yaml /usr/local/bin/ioserver
setpriv --reuid ioserver --regid ioserver --init-groups /usr/local/bin/ioserver check-config --config=/etc/ioserver/ioserver.yaml
systemd-analyze verify --man=no /usr/local/lib/systemd/system/ioserver.service
"$2" --remove
getent passwd ioserver
"$2" --remove --purge
! getent passwd ioserver
! getent group ioserver
! ls /etc/ioserver /usr/local/bin/ioserver
`

// TestInstallOnASystem: with the user and the owners of files, where only this
// test sees them.
func TestInstallOnASystem(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may")
	}
	folder := t.TempDir()
	if err := exec.Command("unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", folder).Run(); err != nil {
		t.Skip("no mounts of its own: ", err)
	}
	script, err := filepath.Abs(filepath.Join(repository, "scripts/install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(within(t), "unshare", "-m", "sh", "-c", `mount -t tmpfs tmpfs "$1" && exec bash -c "$0" bash "$@"`, private, folder, script, plain)
	b, err := cmd.CombinedOutput()
	out := string(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"/etc/ioserver root:ioserver 750\n", "/etc/ioserver/ioserver.yaml root:ioserver 640\n", "/usr/local/bin/ioserver root:root 755\n",
		":/nonexistent:/usr/sbin/nologin\n", "configuration is good\n", "ioserver.yaml: kept\n", "systemctl enable --now ioserver",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// TestScriptIsClean: by shellcheck, where there is one.
func TestScriptIsClean(t *testing.T) {
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("no shellcheck")
	}
	if out, err := exec.CommandContext(within(t), shellcheck, filepath.Join(repository, "scripts/install.sh")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
