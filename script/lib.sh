# Shared by the scripts: finds the project, and makes or updates its virtual environment. POSIX sh.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv
python=$venv/bin/python

fail() {
    say "$1" >&2
    exit 1
}

# say TEXT: print it in lines of at most 80 columns, broken between words.
say() {
    line=
    set -f
    for word in $1; do
        if [ -n "$line" ] && [ $((${#line} + ${#word})) -ge 80 ]; then
            printf '%s\n' "$line"
            line=
        fi
        line=${line:+$line }$word
    done
    set +f
    printf '%s\n' "$line"
}

# environment EXTRA: have everything installed that the project and its extra EXTRA ask for.
environment() {
    is_fresh "$1" && return
    lock
    is_fresh "$1" || install "$1"
    unlock
}

# dev holds the other extras.
is_fresh() {
    wanted=$(stamp)
    for installed in "$1" dev; do
        if [ "$(cat "$venv/installed-$installed" 2>/dev/null)" = "$wanted" ] && is_usable; then
            return 0
        fi
    done
    return 1
}

# What the environment was made from; with the place, because an environment cannot be moved.
stamp() {
    printf '%s %s\n' "$(cksum <"$root/pyproject.toml")" "$root"
}

is_usable() {
    is_suitable "$python" && "$python" -c 'import pip' 2>/dev/null
}

is_suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

was_moved() {
    for file in "$venv"/installed-*; do
        [ -f "$file" ] && ! grep -qF " $root" "$file" && return 0
    done
    return 1
}

install() {
    if was_moved || ! is_usable; then
        base=$(find_python)
        say "Making .venv with $("$base" --version) …"
        (cd "$venv" && rm -rf bin include lib lib64 pyvenv.cfg installed-*)
        "$base" -m venv "$venv"
    fi
    say "Installing the packages of “$1” into .venv; the first time takes a minute or two …"
    (cd "$root" && "$python" -m pip install --quiet --disable-pip-version-check --editable ".[$1]") ||
        fail "The packages could not be installed, for the reason above. Once it is mended, run this again."
    stamp >"$venv/installed-$1"
}

find_python() {
    lacking=
    for name in python3 python3.13 python3.12 python3.11; do
        is_suitable "$name" || continue
        if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            command -v "$name"
            return
        fi
        lacking=$name
    done
    [ -z "$lacking" ] ||
        fail "$lacking lacks the module venv; on Debian or Ubuntu, install it with: apt-get install $lacking-venv"
    fail "Python 3.11, 3.12 or 3.13 is needed, and none was found as python3, python3.13, python3.12 or python3.11."
}

# Only one script at a time changes the environment. The lock holds a file named after the process that has it, so that
# a lock left by a killed script can be told, and can be taken from it by one script only.
lock() {
    mkdir -p "$venv"
    trap unlock EXIT
    trap 'exit 130' HUP INT TERM
    said=
    until mkdir "$venv/lock" 2>/dev/null; do
        holder=$(ls "$venv/lock" 2>/dev/null) || continue
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
            rm "$venv/lock/$holder" 2>/dev/null && rmdir "$venv/lock" && continue
        fi
        [ -n "$said" ] || say "Another script is setting up .venv (if none is, delete .venv/lock); waiting …"
        said=yes
        sleep 1
    done
    : >"$venv/lock/$$"
}

unlock() {
    rm "$venv/lock/$$" 2>/dev/null && rmdir "$venv/lock"
    trap - EXIT HUP INT TERM
}
