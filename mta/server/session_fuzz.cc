// A whole session over a real socket: whatever a client sends, each command has
// exactly one reply, every reply is well-formed, and "queued as" is said of
// messages that were committed and of no other.
//
// The client goes in step with the server: it sends a line, or the message
// after a 354, or the bytes that a BDAT announces, and waits for one reply.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/dns/fake_resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/testing/temp_dir.h"
#include "mta/queue/edit.h"
#include "mta/queue/spool.h"
#include "mta/server/conversation.h"
#include "mta/server/server.h"
#include "mta/server/test_client.h"
#include "mta/smtp/command.h"

namespace {

using namespace postern;
using namespace postern::mta;

constexpr char kConfig[] =
    "myhostname: mx.example.org\n"
    "mynetworks: []\n"
    "relay_domains: [example.org]\n"
    "message_size_limit: 4KiB\n"
    "header_size_limit: 1000\n"
    "smtpd_recipient_limit: 5\n"
    "smtpd_hard_error_limit: 10\n"
    "smtpd_authorized_xclient_hosts: [127.0.0.1]\n"
    "smtpd_authorized_xforward_hosts: [127.0.0.1]\n";
// Says of a message that it is ours.
constexpr absl::string_view kQueued = "250 2.0.0 Ok: queued as ";

// A server that takes mail for example.org from everybody.
class World {
 public:
  World() {
    config::v1::Mta config;
    assert(config::Load(kConfig, "mta.yaml", config).ok());
    queue::SpoolOptions options;
    options.directory = dir_.path() + "/spool";
    options.queue_minfree_bytes = 1;
    options.message_size_limit_bytes = 1 << 20;
    spool_ = queue::Spool::Open(options, clock_, registry_).value();
    spool_->OnCommitted([this](const queue::Spool::Committed& committed) {
      absl::MutexLock lock(&mutex_);
      committed_[committed.id] = committed.envelope;
    });
    server_ = server::Server::Create(config, {.runtime = *runtime_,
                                              .drain = drain_,
                                              .spool = *spool_,
                                              .resolver = dns_,
                                              .clock = clock_,
                                              .metrics = registry_})
                  .value();
    config::v1::Listener port;
    net::ListenOptions listen;
    listen.endpoint = endpoint();
    listener_ = net::Listener::Open(*runtime_, std::move(listen)).value();
    listener_->Serve(drain_, server_->AddPort(port));
  }

  ~World() {
    listener_->Close();
    drain_.Begin();
    drain_.AwaitIdle(absl::Seconds(60));
  }

  net::Endpoint endpoint() const {
    return net::Endpoint::Parse("unix:" + dir_.path() + "/smtp").value();
  }

  // Returns the names of those since the last call, and deletes them.
  std::set<std::string> TakeCommitted() {
    std::map<queue::QueueId, spool::v1::Envelope> committed;
    {
      absl::MutexLock lock(&mutex_);
      committed.swap(committed_);
    }
    std::set<std::string> names;
    queue::Edit edit;
    for (const auto& [id, envelope] : committed) {
      names.insert(id.ToString());
      edit.Remove(id, envelope);
    }
    if (!names.empty()) assert(spool_->ApplyBlocking(std::move(edit)).ok());
    return names;
  }

 private:
  const testing::TempDir dir_;
  FakeClock clock_;
  metrics::Registry registry_;
  dns::FakeResolver dns_{"1.0.0.127.in-addr.arpa PTR localhost\n"};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::unique_ptr<queue::Spool> spool_;
  net::Drain drain_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<net::Listener> listener_;
  absl::Mutex mutex_;
  std::map<queue::QueueId, spool::v1::Envelope> committed_
      ABSL_GUARDED_BY(mutex_);
};

// Checks each line of a reply.
void CheckReply(const std::string& reply) {
  for (const absl::string_view line : absl::StrSplit(reply, '\n')) {
    assert(line.size() >= 4 && line.size() <= 510);
    assert(line[0] >= '2' && line[0] <= '5');
    assert(absl::ascii_isdigit(line[1]) && absl::ascii_isdigit(line[2]));
    assert(line.substr(0, 3) == reply.substr(0, 3));
    for (const char c : line) assert(c >= ' ' && c <= '~');
  }
}

// Takes from the front of `input` what the client may say in one go: a line, or
// after a 354 all up to the end of data. Empty: there is no whole one.
absl::string_view TakeTurn(bool is_data, absl::string_view& input) {
  size_t end = 0;
  while (true) {
    const size_t begin = end;
    end = input.find("\r\n", begin);
    if (end == absl::string_view::npos) return "";
    end += 2;
    if (!is_data || input.substr(begin, end - begin) == ".\r\n") break;
  }
  const absl::string_view turn = input.substr(0, end);
  input.remove_prefix(end);
  return turn;
}

// How many bytes must follow `line` before there is a reply.
size_t ChunkBytes(absl::string_view line) {
  line = absl::StripSuffix(line, "\r\n");
  constexpr size_t kMaxLineBytes = server::Conversation::kMaxLineBytes - 2;
  const bool is_command =
      line.size() <= kMaxLineBytes &&
      line.find_first_of(absl::string_view("\r\n\0", 3)) == line.npos;
  if (!is_command || smtp::VerbOf(line) != smtp::Verb::kBdat) return 0;
  const absl::StatusOr<smtp::Command> command = smtp::ParseCommand(line, {});
  constexpr int64_t kTooMany = std::numeric_limits<int64_t>::max();
  if (!command.ok() || command->chunk_bytes == kTooMany)
    return 0;  // It closes.
  return static_cast<size_t>(command->chunk_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  absl::string_view input(reinterpret_cast<const char*>(data), size);
  server::TestClient client(world.endpoint());
  std::set<std::string> queued;
  std::string reply = client.Reply();
  assert(absl::StartsWith(reply, "220 "));
  while (reply != "closed") {
    CheckReply(reply);
    const bool is_data = absl::StartsWith(reply, "354");
    const absl::string_view turn = TakeTurn(is_data, input);
    if (turn.empty()) break;
    client.Send(turn);
    if (!is_data) {
      const size_t chunk = ChunkBytes(turn);
      if (chunk > input.size()) {
        client.Finish();
        reply = client.Reply();
        // One tiny chunk too many is refused before it comes.
        assert(reply == "closed" || absl::StartsWith(reply, "421 "));
        break;
      }
      client.Send(input.substr(0, chunk));
      input.remove_prefix(chunk);
    }
    reply = client.Reply();
    if (absl::StartsWith(reply, kQueued)) {
      assert(queued.insert(reply.substr(kQueued.size())).second);
    }
  }
  client.Finish();
  assert(client.Reply() == "closed");  // Nobody asked for more.
  assert(world.TakeCommitted() == queued);
  return 0;
}
