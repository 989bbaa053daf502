#!/usr/bin/env bash
# Goal: a module exports its entry function and nothing else, carries no symbol that would pin it, and brings
# no search path. Method: binutils over every .so in the given folders; the last line counts them.
set -euo pipefail

checked=0
failed=0
complain() {
  echo "$1: $2" >&2
  failed=$((failed + 1))
}

for folder in "$@"; do
  for module in "$folder"/*.so; do
    [ -e "$module" ] || continue
    checked=$((checked + 1))
    exported=$(nm -D --defined-only "$module" | awk '{print $NF}')
    [ "$exported" = shoal_module_entry ] ||
      complain "$module" "exports '${exported//$'\n'/, }' instead of shoal_module_entry alone"
    ! readelf -Ws "$module" | grep -q ' UNIQUE ' ||
      complain "$module" "has STB_GNU_UNIQUE symbols: it never unmaps"
    ! readelf -d "$module" | grep -qE 'R(UN)?PATH' || complain "$module" "has a library search path"
    ! readelf -d "$module" | grep -qE 'NODELETE|TEXTREL' || complain "$module" "is marked NODELETE or TEXTREL"
  done
done

if [ "$checked" = 0 ]; then
  echo "no module in: $*" >&2
  exit 1
fi
echo "$((checked)) modules checked, $failed problems"
[ "$failed" = 0 ]
