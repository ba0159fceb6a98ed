#include "lib/daemon/main.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/daemon/flags.h"
#include "lib/daemon/open_files.h"
#include "lib/daemon/parts.h"
#include "lib/daemon/privileges.h"
#include "lib/daemon/sd_notify.h"
#include "lib/daemon/signals.h"
#include "proto/config/v1/daemon.pb.h"

namespace postern::daemon {
namespace {

// sysexits.h.
constexpr int kExitUsage = 64;
constexpr int kExitConfig = 78;

// How often files are looked at for changes.
constexpr absl::Duration kWatchInterval = absl::Seconds(1);

int Fail(const Program& program, const absl::Status& status, int code) {
  std::fprintf(stderr, "%s: %s\n", program.name,
               std::string(status.message()).c_str());
  return code;
}

absl::Status Read(const Flags& flags, const Program& program,
                  google::protobuf::Message& config) {
  if (flags.config_file.empty()) {
    RETURN_IF_ERROR(config::ApplyDefaults(config));
  } else {
    RETURN_IF_ERROR(config::LoadFile(flags.config_file, config));
  }
  const absl::Status checked = program.check(config);
  if (checked.ok() || flags.config_file.empty()) return checked;
  return absl::Status(checked.code(),
                      absl::StrCat(flags.config_file, ": ", checked.message()));
}

// Every configuration has the field `daemon`.
const config::v1::Daemon& CommonPart(const google::protobuf::Message& config) {
  const auto* const field = config.GetDescriptor()->FindFieldByName("daemon");
  return static_cast<const config::v1::Daemon&>(
      config.GetReflection()->GetMessage(config, field));
}

void ConfigureLog(const Program& program, const config::v1::Log& config) {
  log::Level level = log::Level::kInfo;
  if (config.level() == config::v1::Log::LEVEL_DEBUG) {
    level = log::Level::kDebug;
  } else if (config.level() == config::v1::Log::LEVEL_WARNING) {
    level = log::Level::kWarning;
  } else if (config.level() == config::v1::Log::LEVEL_ERROR) {
    level = log::Level::kError;
  }
  log::Configure(program.name,
                 config.format() == config::v1::Log::FORMAT_JSON
                     ? log::Format::kJson
                     : log::Format::kLogfmt,
                 level);
}

void Reload(const Flags& flags, const Program& program, Parts& parts) {
  parts.NoteReloadBegins();
  const std::unique_ptr<google::protobuf::Message> fresh(program.config->New());
  absl::Status status = Read(flags, program, *fresh);
  if (status.ok()) status = parts.Reload(*fresh);
  parts.NoteReload(status);
}

// Serves until SIGTERM or SIGINT.
void RunUntilTold(const Flags& flags, const Program& program, Parts& parts,
                  Signals& signals) {
  while (true) {
    const int signal = signals.Next(kWatchInterval);
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP || parts.FilesHaveChanged()) {
      Reload(flags, program, parts);
    }
  }
}

// Ready no more, but still serving, for a while; a second signal ends it.
void AwaitLoadBalancers(absl::Duration delay, Signals& signals) {
  if (delay > absl::ZeroDuration()) signals.Next(delay);
}

absl::StatusOr<std::unique_ptr<Parts>> Assemble(
    const Program& program, const config::v1::Daemon& common) {
  RaiseOpenFilesLimit();
  RETURN_IF_ERROR(BecomeUser(common.user(), common.group()));
  ASSIGN_OR_RETURN(std::unique_ptr<net::Runtime> runtime,
                   net::Runtime::Create({.reactors = common.reactors()}));
  auto parts =
      std::make_unique<Parts>(program.name, common, std::move(runtime));
  RETURN_IF_ERROR(program.start(*program.config, *parts));
  RETURN_IF_ERROR(parts->OpenOwnSockets());
  RETURN_IF_ERROR(DropCapabilities());
  return parts;
}

int Serve(const Flags& flags, const Program& program) {
  Signals signals;
  const config::v1::Daemon common = CommonPart(*program.config);
  ConfigureLog(program, common.log());
  absl::StatusOr<std::unique_ptr<Parts>> parts = Assemble(program, common);
  if (!parts.ok()) {
    const bool is_config = absl::IsInvalidArgument(parts.status());
    return Fail(program, parts.status(), is_config ? kExitConfig : 1);
  }
  if (!flags.config_file.empty()) (*parts)->WatchFile(flags.config_file);
  (*parts)->Serve();
  signals.Catch();
  log::Info("ready", {{"version", kVersion}});
  NotifyServiceManager("READY=1");
  RunUntilTold(flags, program, **parts, signals);

  log::Info("draining");
  NotifyServiceManager("STOPPING=1");
  (*parts)->EndReadiness();
  AwaitLoadBalancers(config::FromProto(common.drain().delay()), signals);
  if (!(*parts)->Drain(config::FromProto(common.drain().timeout()))) {
    // Running work refers to the parts, so they cannot be taken apart; what
    // counts is on stable storage.
    log::Warning("drain_incomplete");
    std::_Exit(0);
  }
  log::Info("stopped");
  return 0;
}

}  // namespace

int RunProgram(int argc, char** argv, const Program& program) {
  const absl::StatusOr<Flags> flags =
      ParseFlags(std::vector<std::string>(argv + 1, argv + argc));
  if (!flags.ok()) return Fail(program, flags.status(), kExitUsage);
  if (flags->help) {
    std::printf("%s", Usage(program.name).c_str());
    return 0;
  }
  if (flags->version) {
    std::printf("%s\n", Version(program.name).c_str());
    return 0;
  }
  const absl::Status read = Read(*flags, program, *program.config);
  if (!read.ok()) return Fail(program, read, kExitConfig);
  if (flags->print_config) {
    std::printf("%s", config::Print(*program.config).c_str());
    return 0;
  }
  if (flags->check) {
    std::printf("%s: the configuration is good\n", program.name);
    return 0;
  }
  return Serve(*flags, program);
}

}  // namespace postern::daemon
