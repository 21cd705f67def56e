#!/usr/bin/env bash
# Installs ioserver as a systemd service, or removes it; can be run again.
#
#   install.sh [--binary FILE] [--prefix DIR] [--root DIR]
#   install.sh --remove [--purge] [--prefix DIR] [--root DIR]
#
#   --binary FILE   the program, by default bin/ioserver as scripts/build.sh makes it
#   --prefix DIR    beneath which it is installed, by default /usr/local
#   --root DIR      install into a tree that is not this system's, for a package or
#                   a test: no user is created, and systemd not told. DESTDIR does
#                   the same
#   --remove        remove everything but /etc/ioserver and the user
#   --purge         with --remove: these as well
#
# A configuration that is there already is never touched.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
user=ioserver
units=(ioserver.service ioserver.socket ioserver-api.socket)

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
}

root=${DESTDIR:-} prefix=/usr/local binary=$here/../bin/ioserver action=install purge=
while (($#)); do
  case $1 in
    --binary | --prefix | --root)
      [[ -n ${2:-} ]] || fail "$1 needs a value"
      case $1 in
        --binary) binary=$2 ;;
        --prefix) prefix=$2 ;;
        --root) root=$2 ;;
      esac
      shift
      ;;
    --binary=* | --prefix=* | --root=*)
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      continue
      ;;
    --remove) action=remove ;;
    --purge) purge=yes ;;
    --help | -h)
      usage
      exit
      ;;
    *) fail "unknown argument $1 (--help lists them)" ;;
  esac
  shift
done
[[ -z $purge || $action == remove ]] || fail "--purge goes with --remove"
[[ $prefix =~ ^/[A-Za-z0-9/._-]*$ ]] || fail "--prefix has to be a plain absolute path, and is not: $prefix"
prefix=${prefix%/}
# the root's own path means this system
[[ -z $root || $(realpath -m -- "$root") != / ]] || root=
if [[ -z $root && $(id -u) != 0 ]]; then
  fail "this changes the system, which only root may: try sudo $0 (or --root DIR for a tree of your own)"
fi

program=$prefix/bin/ioserver
unitdir=$prefix/lib/systemd/system
configuration=/etc/ioserver/ioserver.yaml
manual=$prefix/share/man/man1/ioserver.1
bash_completion=$prefix/share/bash-completion/completions/ioserver
zsh_completion=$prefix/share/zsh/site-functions/_ioserver
fish_completion=$prefix/share/fish/vendor_completions.d/ioserver.fish

# systemd reports whether this is a system, and one that systemd runs.
systemd() { [[ -z $root && -d /run/systemd/system ]] && command -v systemctl >/dev/null; }

# put MODE PATH writes standard input to a file beneath the root, in one step: a
# program that runs keeps its old file.
put() {
  local path=$root$2
  mkdir -p -- "${path%/*}"
  cat >"$path.new"
  chmod "$1" -- "$path.new"
  mv -f -- "$path.new" "$path"
}

create_user() {
  getent group "$user" >/dev/null || groupadd --system "$user"
  getent passwd "$user" >/dev/null ||
    useradd --system --gid "$user" --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin \
      --comment "ioserver" "$user"
}

install_configuration() {
  local path=$root$configuration directory=$root${configuration%/*}
  mkdir -p -- "$directory"
  if [[ ! -e $path && ! -L $path ]]; then
    put 0640 "$configuration" <"$here/systemd/ioserver.yaml"
    chmod 0750 -- "$directory"
    [[ -n $root ]] || chown "root:$user" -- "$directory" "$path"
    say "$path: the default, to be changed"
  else
    say "$path: kept"
  fi
}

install_all() {
  [[ -f $binary && -x $binary ]] || fail "there is no program at $binary: run scripts/build.sh, or name one with --binary"
  "$binary" --version >/dev/null || fail "$binary does not run on this machine"
  local upgrade=
  [[ ! -e $root$program ]] || upgrade=yes
  [[ -n $root ]] || create_user
  put 0755 "$program" <"$binary"
  local unit
  for unit in "${units[@]}"; do
    sed "s|/usr/local/bin/ioserver|$program|g" "$here/systemd/$unit" | put 0644 "$unitdir/$unit"
  done
  "$binary" man | put 0644 "$manual"
  "$binary" completion bash | put 0644 "$bash_completion"
  "$binary" completion zsh | put 0644 "$zsh_completion"
  "$binary" completion fish | put 0644 "$fish_completion"
  install_configuration
  say "$root$program: $("$binary" --version)"
  if systemd; then
    systemctl daemon-reload
  fi
  [[ -z $root ]] || return 0
  if [[ -n $upgrade ]] && systemd && systemctl is-active --quiet ioserver.service; then
    say "ioserver runs the program from before: systemctl restart ioserver (a reload only reads the configuration)"
  else
    say "next: edit $configuration, then systemctl enable --now ioserver"
    say "for port 80: systemctl enable --now ioserver.socket before that"
  fi
}

remove_all() {
  if systemd; then
    systemctl disable --now "${units[@]}" 2>/dev/null || true
  fi
  local path
  for path in "$program" "$manual" "$bash_completion" "$zsh_completion" "$fish_completion" "${units[@]/#/$unitdir/}"; do
    rm -f -- "$root$path"
  done
  if systemd; then
    systemctl daemon-reload
    systemctl reset-failed "${units[@]}" 2>/dev/null || true
  fi
  if [[ -z $purge ]]; then
    [[ ! -e $root${configuration%/*} ]] || say "$root${configuration%/*}: kept (--purge removes it)"
    return
  fi
  rm -rf -- "$root${configuration%/*}"
  [[ -z $root ]] || return 0
  if getent passwd "$user" >/dev/null; then
    userdel "$user"
  fi
  if getent group "$user" >/dev/null; then
    groupdel "$user"
  fi
}

"${action}_all"
