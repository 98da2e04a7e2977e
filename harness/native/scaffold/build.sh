#!/bin/sh
# Builds @NAME@.so: your sources, the glue and the shim. CC names another compiler; what is given is added, as in
#   sh build.sh -fsanitize=address       sh build.sh -idirafter ../ebpf-for-windows/include
cd "$(dirname "$0")" || exit
@COMMAND@ "$@"
