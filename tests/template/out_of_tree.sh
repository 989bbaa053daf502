#!/usr/bin/env bash
# Goal: projects outside this tree build against the installed SDK. Method: the SDK component of a build
# folder is installed into a temporary folder; a copy of a project is configured, built and tested there as a
# user would.
#
#   out_of_tree.sh BUILD project SOURCE MODULE [CMAKE_ARGUMENT…]
#       builds, runs the project's tests if it has any, checks what MODULE exports
#   out_of_tree.sh BUILD refusal PATTERN COMPONENT [CMAKE_ARGUMENT…]
#       find_package must fail with these words
#   out_of_tree.sh BUILD undefined_symbol
#       a module that lacks a function must fail to build, not to load
#   out_of_tree.sh BUILD newer_msgpack
#       msgpack-c is found by the names it has from version 6 on
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
action=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  # Each run has a folder of its own: paths relative to it let the runs share what they compiled.
  export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
fi
if command -v ninja >/dev/null; then
  export CMAKE_GENERATOR=Ninja
fi
export CMAKE_BUILD_TYPE=Debug

cmake --install "$build" --component sdk --prefix "$work/sdk" >/dev/null

project() {
  local source=$1 module=$2
  shift 2
  cp -r "$source" "$work/project"
  cd "$work/project"
  cmake -S . -B build -DCMAKE_PREFIX_PATH="$work/sdk" "$@"
  cmake --build build
  if grep -q enable_testing CMakeLists.txt; then
    ctest --test-dir build --output-on-failure --no-tests=error
  fi
  test -f "build/$module"
  "$here/../abi/check_exports.sh" build
}

# Writes a project of the CMake lines on standard input.
write_project() {
  mkdir -p "$work/project"
  {
    echo 'cmake_minimum_required(VERSION 3.22)'
    echo 'project(out_of_tree LANGUAGES CXX)'
    cat
  } >"$work/project/CMakeLists.txt"
}

# must_fail PATTERN COMMAND…: the command fails and says PATTERN. CMake breaks the lines of an error where it
# likes, so they are joined first.
must_fail() {
  local pattern=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    echo "this should have failed: $*" >&2
    return 1
  fi
  tr -s ' \n' ' ' <"$work/said" | grep -E "$pattern" >/dev/null || {
    cat "$work/said" >&2
    return 1
  }
}

refusal() {
  local pattern=$1 component=$2
  shift 2
  write_project <<<"find_package(shoal CONFIG REQUIRED COMPONENTS $component)"
  must_fail "$pattern" cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$work/sdk" "$@"
}

undefined_symbol() {
  write_project <<'TEXT'
find_package(shoal CONFIG REQUIRED COMPONENTS sdk)
shoal_add_module(lacking SOURCES lacking.cpp)
TEXT
  cat >"$work/project/lacking.cpp" <<'TEXT'
#include "shoal/abi/module.h"
const shoal_module* nowhere_defined();
const shoal_module* shoal_module_entry() { return nowhere_defined(); }
TEXT
  cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$work/sdk"
  must_fail "nowhere_defined" cmake --build "$work/project/build"
}

newer_msgpack() {
  mkdir -p "$work/newer/lib/cmake/msgpack-cxx"
  cat >"$work/newer/lib/cmake/msgpack-cxx/msgpack-cxx-config.cmake" <<'TEXT'
add_library(msgpack-cxx INTERFACE IMPORTED)
target_compile_definitions(msgpack-cxx INTERFACE OF_THE_NEWER_PACKAGE)
TEXT
  write_project <<'TEXT'
find_package(shoal CONFIG REQUIRED COMPONENTS msgpack)
shoal_add_module(newer SOURCES newer.cpp LINKS shoal::msgpack)
TEXT
  cat >"$work/project/newer.cpp" <<'TEXT'
#include "shoal/abi/module.h"
#if !defined(OF_THE_NEWER_PACKAGE) || !defined(MSGPACK_NO_BOOST)
#error "shoal::msgpack does not stand on the package msgpack-cxx without Boost"
#endif
const shoal_module* shoal_module_entry() { return nullptr; }
TEXT
  cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$work/sdk;$work/newer"
  cmake --build "$work/project/build"
}

"$action" "$@"
