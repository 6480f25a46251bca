#!/bin/sh
# `sh tools/on-stage.sh <command> <script> [options]`: asked for help it says test/drill/help/<command>.txt at once; else it
# makes sure that the real parts are there, and becomes the script: one process to interrupt.
set -eu
command=$1 script=$2
shift 2
for option in "$@"; do
  case $option in --help | -h) exec cat "test/drill/help/$command.txt" ;; esac
done
node tools/ensure.mjs world
hash -r # the clone has a Node of its own from here on
exec node --disable-warning=TimeoutNegativeWarning "$script" "$@"
