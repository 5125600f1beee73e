# shellcheck shell=sh disable=SC2034
# Sourced by tests/run.sh, examples/run.sh and bench/run.sh, from the top of the tree: which Debian
# packages each needs and how they get there, how the release is built and how data is generated.
# Needs nothing but a Debian 12 and root or sudo; does nothing twice.

# dpkg-dev tells meson where this machine looks for libraries; locales has the definitions of one
# with a decimal comma.
packages_build='gcc libc6-dev dpkg-dev meson ninja-build pkg-config python3'
packages_optional='libisal-dev zlib1g-dev libzstd-dev'
packages_tests="$packages_build $packages_optional g++ make cmake clang libcmocka-dev locales valgrind"
packages_data='ieee-data'
packages_executors='g++ clang libomp-dev libtbb-dev libglib2.0-dev libuv1-dev'
packages_readers='r-cran-data.table python3-pandas miller'
# The newest Polars that Node 20 runs. Its binary is named: npm leaves it out where Node is older
# than it would like.
modules_readers='@duckdb/node-api@1.5.6-r.1 nodejs-polars@0.25.2'
module_polars=nodejs-polars-linux-ARCH-gnu@0.25.2

options_release='--buildtype=release -Dbench=enabled'

# Runs a command as root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "not root, and there is no sudo: cannot run $*" >&2
        return 1
    fi
}

# Installs those of the named packages that are missing.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "this is no Debian: it is up to you that there are $*" >&2
        return 0
    fi
    missing=
    for package in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    # shellcheck disable=SC2086  # names are words
    if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends \
            $missing >/dev/null; }; then
        echo "could not install:$missing" >&2
        echo "Nothing was built. Install them another way, or mend what is said above." >&2
        return 1
    fi
}

# Installs what else reads CSV files, as far as it can be had: packages, and Node's modules into a
# directory.
#     install_readers DIRECTORY
install_readers() {
    # Node comes from elsewhere, mostly, and npm with it.
    node=
    command -v npm >/dev/null || node='nodejs npm'
    # shellcheck disable=SC2086  # names are words
    install_packages $packages_readers $node || echo 'going on with those that are there'
    [ ! -d "$1/node_modules/nodejs-polars" ] || return 0
    arch=$(node -p process.arch) && mkdir -p "$1" &&
        npm install --silent --no-audit --no-fund --prefix "$1" $modules_readers \
            "$(echo "$module_polars" | sed "s/ARCH/$arch/")" ||
        { rm -rf "$1"; echo "no DuckDB and no Polars: their modules could not be installed"; }
}

# Configures a meson build directory, or brings an old one up to date with these options.
#     configure DIRECTORY OPTION…
configure() {
    directory=$1
    setup_log=build-logs/$directory.log
    shift
    mkdir -p build-logs
    if [ -f "$directory/build.ninja" ]; then
        meson setup --reconfigure "$directory" "$@" >"$setup_log" 2>&1
    else
        rm -rf "$directory"
        meson setup "$directory" "$@" >"$setup_log" 2>&1
    fi || { cat "$setup_log"; return 1; }
}

# Generates a CSV file, and PATH.answers with what is known of it, unless they are there already.
# Prints PATH.
#     generate KIND PATH SIZE
generate() {
    if [ ! -f "$2.answers" ] || [ -n "$(find build-release/bench/tine-gen -newer "$2")" ]; then
        mkdir -p "$(dirname "$2")"
        build-release/bench/tine-gen "$1" "$2" "$3" >"$2.part"
        mv "$2.part" "$2.answers"
    fi
    echo "$2"
}
