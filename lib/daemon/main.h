// The main() of every program.
//
//   int main(int argc, char** argv) {
//     return postern::daemon::Main<postern::config::v1::Greylistd>(
//         argc, argv, "greylistd", postern::greylistd::Start);
//   }
//
// The configuration message has a field `daemon` of type config.v1.Daemon with
// what all programs share. Flags: --config FILE, --check, --print-config,
// --version, --help.
//
// Exit codes: 0 after a drain; 1 when it cannot start or fails; 64 wrong
// flags; 78 wrong configuration (sysexits.h). One line on standard error says
// why; nothing is half started.

#ifndef POSTERN_LIB_DAEMON_MAIN_H_
#define POSTERN_LIB_DAEMON_MAIN_H_

#include <functional>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "lib/daemon/daemon.h"

namespace postern::daemon {

// What a program gives to Main: its name and its parts.
struct Program {
  const char* name;
  // An empty message of the program's configuration type.
  google::protobuf::Message* config;
  // Checks what the types cannot say; opens nothing. Also before a reload.
  std::function<absl::Status(const google::protobuf::Message&)> check;
  // Makes the parts and opens the sockets.
  std::function<absl::Status(const google::protobuf::Message&, Daemon&)> start;
};

int RunProgram(int argc, char** argv, const Program& program);

// `start` makes the parts; an InvalidArgument from it is a configuration error
// (exit 78), any other error exit 1.
template <typename Config>
int Main(int argc, char** argv, const char* name,
         absl::Status (*start)(const Config&, Daemon&),
         absl::Status (*check)(const Config&) = nullptr) {
  Config config;
  Program program = {.name = name, .config = &config, .check = {}, .start = {}};
  program.start = [start](const google::protobuf::Message& message,
                          Daemon& daemon) {
    return start(static_cast<const Config&>(message), daemon);
  };
  program.check = [check](const google::protobuf::Message& message) {
    return check ? check(static_cast<const Config&>(message))
                 : absl::OkStatus();
  };
  return RunProgram(argc, argv, program);
}

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_MAIN_H_
