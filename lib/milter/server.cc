#include "lib/milter/server.h"

#include <optional>
#include <string>
#include <utility>

#include "lib/base/log.h"
#include "lib/config/config.h"
#include "lib/milter/dialogue.h"
#include "lib/milter/packet.h"
#include "lib/milter/reply.h"
#include "lib/net/deadline.h"
#include "lib/net/event.h"
#include "lib/net/pulse.h"

namespace postern::milter {
namespace {

// A new body is not kept between two messages.
constexpr size_t kMaxKeptBytes = size_t{64} << 10;

}  // namespace

Server::Options Server::Options::FromConfig(
    const config::v1::MilterServer& config) {
  Options options;
  options.idle_timeout = config::FromProto(config.idle_timeout());
  options.message_timeout = config::FromProto(config.message_timeout());
  options.max_connection_age = config::FromProto(config.max_connection_age());
  return options;
}

// One connection, from its first packet to its last reply.
class Server::Connection {
 public:
  Connection(Server& server, net::Stream stream)
      : server_(server),
        stream_(std::move(stream)),
        session_(server.context_),
        dialogue_(session_) {}

  net::Task<> Run() {
    // Ended at once, unless a message has begun.
    const net::DrainWatch watch(server_.drain_, [this] {
      if (is_waiting_ && !stream_.HasInput()) stream_.Interrupt();
    });
    bool goes_on = co_await Encrypt();
    while (goes_on) {
      goes_on = co_await Read();
      if (goes_on) goes_on = co_await AnswerAll();
    }
  }

 private:
  net::Deadline StepDeadline() const {
    return net::Deadline::After(server_.options_.message_timeout);
  }

  net::Task<bool> Encrypt() {
    if (server_.tls_ == nullptr) co_return true;
    const absl::Status status =
        co_await stream_.StartTlsServer(*server_.tls_, StepDeadline());
    if (!status.ok() && server_.context_.MayLog()) {
      log::Warning("milter_tls_failed",
                   {{"peer", stream_.peer().ToString()}, {"error", status}});
    }
    co_return status.ok();
  }

  // Returns false when there is nothing more to come.
  net::Task<bool> Read() {
    is_waiting_ = !reader_.has_partial_packet() && !session_.is_in_message();
    const net::Deadline deadline =
        reader_.has_partial_packet()
            ? StepDeadline()
            : net::Deadline::After(server_.options_.idle_timeout);
    absl::StatusOr<size_t> bytes =
        co_await stream_.Read(reader_.Space(), deadline);
    is_waiting_ = false;
    if (!bytes.ok() || *bytes == 0) co_return false;
    reader_.Fill(*bytes);
    co_return true;
  }

  // Answers every whole packet that is here. Returns false when the connection
  // is to be closed.
  net::Task<bool> AnswerAll() {
    bool goes_on = true;
    replies_.clear();
    while (goes_on) {
      absl::StatusOr<std::optional<Packet>> packet = reader_.Next();
      absl::StatusOr<Dialogue::Next> next = Dialogue::Next::kClose;
      if (packet.ok() && !packet->has_value()) break;
      if (packet.ok()) next = dialogue_.Take(**packet, replies_);
      if (!packet.ok() || !next.ok()) {
        server_.ReportMalformed(stream_,
                                packet.ok() ? next.status() : packet.status());
        goes_on = false;
      } else if (*next == Dialogue::Next::kCheck) {
        const auto step = static_cast<Command>((*packet)->letter);
        const Verdict verdict = co_await session_.Check(step, StepDeadline());
        dialogue_.AppendAnswer(step, verdict, replies_);
      } else if (*next == Dialogue::Next::kFinish) {
        const Changes changes = co_await Finish();
        dialogue_.AppendOutcome(changes, replies_);
      } else if (*next == Dialogue::Next::kClose) {
        goes_on = false;
      }
    }
    if (!replies_.empty()) {
      const absl::Status written =
          co_await stream_.Write(replies_, StepDeadline());
      goes_on = goes_on && written.ok();
      if (replies_.capacity() > kMaxKeptBytes) replies_ = std::string();
    }
    co_return goes_on && !IsToEnd();
  }

  // Has the filter finish the message; a server that waits for that is told now
  // and then that it does.
  net::Task<Changes> Finish() {
    Changes changes;
    {
      const net::Pulse pulse(server_.options_.progress_interval,
                             [this] { BeginProgress(); });
      changes = co_await session_.Finish(StepDeadline());
    }
    while (is_telling_) co_await told_.Wait(StepDeadline());
    co_return changes;
  }

  void BeginProgress() {
    if (is_telling_) return;
    is_telling_ = true;
    told_.Reset();
    net::Spawn(server_.drain_, TellProgress());
  }

  // What has been answered before goes first.
  net::Task<> TellProgress() {
    AppendReply(Reply::Kind::kProgress, replies_);
    const std::string replies = std::exchange(replies_, "");
    // An error is found again with the next write.
    (void)co_await stream_.Write(replies, StepDeadline());
    is_telling_ = false;
    told_.Set();
  }

  // Whether this moment, with all replies sent, is one to close at.
  bool IsToEnd() const {
    if (reader_.has_partial_packet() || session_.is_in_message()) return false;
    return server_.drain_.has_begun() ||
           (dialogue_.is_between_clients() && oldest_.has_passed());
  }

  Server& server_;
  net::Stream stream_;
  PacketReader reader_;
  FilterSession session_;
  Dialogue dialogue_;
  std::string replies_;
  bool is_telling_ = false;  // TellProgress() is at work.
  net::Event told_;
  bool is_waiting_ = false;  // For a client or a message, not within one.
  const net::Deadline oldest_ =
      net::Deadline::After(server_.options_.max_connection_age);
};

Server::Server(Options options, FilterContext& context, net::Drain& drain,
               net::TlsContext* tls)
    : options_(std::move(options)),
      context_(context),
      drain_(drain),
      tls_(tls) {}

net::Task<> Server::Serve(net::Stream stream) {
  Meters& meters = context_.meters;
  meters.connections.Increment();
  meters.open_connections.Add(1);
  {
    Connection connection(*this, std::move(stream));
    co_await connection.Run();
  }
  meters.open_connections.Add(-1);
}

void Server::ReportMalformed(const net::Stream& stream,
                             const absl::Status& why) {
  context_.meters.malformed.Increment();
  if (!context_.MayLog()) return;
  log::Warning("milter_malformed",
               {{"peer", stream.peer().ToString()}, {"error", why}});
}

}  // namespace postern::milter
