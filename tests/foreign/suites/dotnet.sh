#!/usr/bin/env bash
# The official .NET client and MassTransit, as NuGet has them, used by the two programs beside this script.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case $2 in official-client) project=OfficialClient ;; masstransit) project=MassTransitSuite ;; esac

if [ "$1" = prepare ]; then
  command -v dotnet >/dev/null || { echo "missing: dotnet"; exit 66; }
  dotnet build "$here/$project" -c Release -o "$WORK/$project" -p:RunAnalyzers=false -v q --nologo
  exit
fi
timeout --kill-after=5 120 dotnet "$WORK/$project/$project.dll"
