// mta(8): receives, queues and delivers mail.
//
// This file only says which program it is; relay.h has the parts, and flags,
// configuration, logging, metrics, health checks, signals, dropping privileges
// and draining are the same for every program and live in lib/daemon.

#include "lib/daemon/main.h"

#include "mta/relay.h"
#include "proto/config/v1/mta.pb.h"

int main(int argc, char** argv) {
  return postern::daemon::Main<postern::config::v1::Mta>(
      argc, argv, "mta", postern::mta::Start, postern::mta::Check);
}
