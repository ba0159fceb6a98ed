#include "lib/redis/client.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/status_macros.h"
#include "lib/net/drain.h"
#include "lib/net/tls.h"
#include "lib/redis/cluster.h"
#include "lib/redis/command.h"
#include "lib/redis/dialer.h"
#include "lib/redis/health.h"
#include "lib/redis/key.h"
#include "lib/redis/meters.h"
#include "lib/redis/password_file.h"
#include "lib/redis/router.h"
#include "lib/redis/sentinel.h"
#include "lib/redis/settings.h"
#include "lib/redis/slot.h"
#include "lib/redis/topology.h"

namespace postern::redis {
namespace {

using Config = config::v1::Redis;

absl::Status CheckPasswordFile(const char* field, const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  const absl::Status status = ReadPassword(path).status();
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("redis.", field, ": ", status.message()));
}

Dialer::Options DialerOptions(const Settings& settings, const Login& login,
                              net::TlsContext* tls, dns::Resolver* resolver) {
  return {.login = login,
          .tls = tls,
          .tls_server_name = settings.tls_server_name,
          .timeout = settings.connect_timeout,
          .resolver = resolver};
}

// RD-05.
absl::Status CheckKeys(absl::Span<const absl::string_view> keys) {
  if (keys.empty()) return absl::InternalError("redis: a script needs a key");
  for (const absl::string_view key : keys) {
    if (HashTag(key) != HashTag(keys.front())) {
      return absl::InternalError(
          "redis: the keys of a script do not share a hash tag");
    }
  }
  return absl::OkStatus();
}

net::Task<absl::StatusOr<Reply>> Fail(absl::Status why) { co_return why; }

}  // namespace

class Client::State {
 public:
  State(Settings settings, std::unique_ptr<net::TlsContext> tls,
        const ClientParts& parts)
      : settings_(std::move(settings)),
        runtime_(parts.runtime),
        tls_(std::move(tls)),
        meters_(parts.metrics, parts.program),
        health_(meters_),
        server_dialer_(DialerOptions(settings_, settings_.server_login,
                                     tls_.get(), parts.resolver)),
        sentinel_dialer_(DialerOptions(settings_, settings_.sentinel_login,
                                       tls_.get(), parts.resolver)),
        node_settings_{.dialer = server_dialer_,
                       .drain = drain_,
                       .meters = meters_,
                       .health = health_,
                       .operation_timeout = settings_.operation_timeout,
                       .breaker = settings_.breaker,
                       .connections = settings_.connections} {
    for (size_t i = 0; i < runtime_.size(); ++i) {
      routers_.push_back(
          std::make_unique<Router>(MakeTopology(), node_settings_));
    }
  }

  net::Task<absl::StatusOr<Reply>> Command(std::string wire, uint16_t slot,
                                           net::Deadline deadline);
  net::Task<absl::StatusOr<Reply>> Run(const Script& script, std::string wire,
                                       uint16_t slot, net::Deadline deadline);
  void Close();

  const Settings& settings() const { return settings_; }
  const Health& health() const { return health_; }

 private:
  std::unique_ptr<Topology> MakeTopology() const;
  Router& CurrentRouter() { return *routers_[net::Reactor::Current().index()]; }
  net::Deadline Limit(net::Deadline deadline) const {
    return std::min(deadline,
                    net::Deadline::After(settings_.operation_timeout));
  }
  // Counts what came of a command and returns it.
  absl::StatusOr<Reply> End(Answer answer, net::Deadline::TimePoint began);
  static net::Task<> CloseRouter(Router* router);

  const Settings settings_;
  net::Runtime& runtime_;
  const std::unique_ptr<net::TlsContext> tls_;
  Meters meters_;
  Health health_;
  const Dialer server_dialer_;
  const Dialer sentinel_dialer_;
  net::Drain drain_;  // The client's own tasks.
  const Node::Settings node_settings_;
  std::vector<std::unique_ptr<Router>> routers_;  // One for each reactor.
  bool is_closed_ = false;
};

std::unique_ptr<Topology> Client::State::MakeTopology() const {
  switch (settings_.mode) {
    case Config::MODE_SENTINEL:
      return std::make_unique<SentinelMaster>(
          SentinelMaster::Options{.sentinels = settings_.endpoints,
                                  .master_name = settings_.sentinel_master,
                                  .sentinel_dialer = sentinel_dialer_,
                                  .server_dialer = server_dialer_,
                                  .timeout = settings_.connect_timeout});
    case Config::MODE_CLUSTER:
      return std::make_unique<Cluster>(settings_.endpoints, server_dialer_,
                                       settings_.connect_timeout);
    default:
      return std::make_unique<SingleServer>(settings_.endpoints.front());
  }
}

net::Task<absl::StatusOr<Reply>> Client::State::Command(
    std::string wire, uint16_t slot, net::Deadline deadline) {
  const auto began = std::chrono::steady_clock::now();
  const Request request = {.wire = wire, .slot = slot, .preparation = {}};
  Answer answer = co_await CurrentRouter().Send(request, Limit(deadline));
  co_return End(std::move(answer), began);
}

net::Task<absl::StatusOr<Reply>> Client::State::Run(const Script& script,
                                                    std::string wire,
                                                    uint16_t slot,
                                                    net::Deadline deadline) {
  const auto began = std::chrono::steady_clock::now();
  const net::Deadline limit = Limit(deadline);
  std::string load;
  bool was_lost = false;
  for (;;) {
    const Request request = {.wire = wire, .slot = slot, .preparation = load};
    Answer answer = co_await CurrentRouter().Send(request, limit);
    // RD-04: once for each reason.
    if (answer.IsError(ErrorReply::Kind::kNoScript) && load.empty()) {
      load = FormatCommand({"SCRIPT", "LOAD", script.text()});
    } else if (answer.fate == Answer::Fate::kLost && !was_lost) {
      was_lost = true;
    } else {
      co_return End(std::move(answer), began);
    }
  }
}

absl::StatusOr<Reply> Client::State::End(Answer answer,
                                         net::Deadline::TimePoint began) {
  absl::StatusOr<Reply> result = std::move(answer).ToResult();
  const auto took = std::chrono::steady_clock::now() - began;
  meters_.CountCommand(result.status(), absl::FromChrono(took));
  return result;
}

net::Task<> Client::State::CloseRouter(Router* router) {
  router->Close();
  co_return;
}

void Client::State::Close() {
  if (std::exchange(is_closed_, true)) return;
  for (size_t i = 0; i < routers_.size(); ++i) {
    runtime_.BlockOn(runtime_.reactor(i), CloseRouter(routers_[i].get()));
  }
  drain_.AwaitIdle(absl::InfiniteDuration());
}

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const Config& config,
                                                       ClientParts parts) {
  ASSIGN_OR_RETURN(Settings settings, ReadSettings(config, parts.program));
  RETURN_IF_ERROR(CheckPasswordFile("password_file", config.password_file()));
  RETURN_IF_ERROR(CheckPasswordFile("sentinel_password_file",
                                    config.sentinel_password_file()));
  std::unique_ptr<net::TlsContext> tls;
  if (settings.use_tls) {
    ASSIGN_OR_RETURN(tls, net::TlsContext::CreateClient(settings.tls));
  }
  return std::unique_ptr<Client>(new Client(
      std::make_unique<State>(std::move(settings), std::move(tls), parts)));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() { Close(); }

net::Task<absl::StatusOr<Reply>> Client::Command(
    absl::Span<const absl::string_view> args, absl::string_view key,
    net::Deadline deadline) {
  return state_->Command(FormatCommand(args), SlotOf(key), deadline);
}

net::Task<absl::StatusOr<Reply>> Client::Run(
    const Script& script, absl::Span<const absl::string_view> keys,
    absl::Span<const absl::string_view> args, net::Deadline deadline) {
  const absl::Status checked = CheckKeys(keys);
  if (!checked.ok()) return Fail(checked);
  const std::string key_count = absl::StrCat(keys.size());
  std::vector<absl::string_view> words = {"EVALSHA", script.digest(),
                                          key_count};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), args.begin(), args.end());
  return state_->Run(script, FormatCommand(words), SlotOf(keys.front()),
                     deadline);
}

std::string Client::MakeKey(absl::string_view tag,
                            absl::Span<const absl::string_view> parts) const {
  return HashedKey(key_prefix(), tag, parts);
}

const std::string& Client::key_prefix() const {
  return state_->settings().key_prefix;
}

absl::Status Client::Healthy() const { return state_->health().Current(); }

void Client::Close() { state_->Close(); }

}  // namespace postern::redis
