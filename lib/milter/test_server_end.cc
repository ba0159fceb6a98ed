#include "lib/milter/test_server_end.h"

#include <cassert>
#include <ostream>
#include <utility>

#include "absl/strings/escaping.h"
#include "lib/net/deadline.h"

namespace postern::milter {
namespace {

net::Deadline Soon() { return net::Deadline::After(absl::Seconds(20)); }

void AddMacros(Command command, std::vector<Macros::View> macros,
               std::string& packets) {
  AppendMacros(command, macros, packets);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  return out << answer.letter << ":" << absl::CHexEscape(answer.body);
}

TestServerEnd::TestServerEnd(net::Runtime& runtime,
                             const net::Endpoint& endpoint)
    : runtime_(runtime) {
  runtime_.BlockOn(Open(endpoint));
}

TestServerEnd::~TestServerEnd() { runtime_.BlockOn(Close()); }

net::Task<> TestServerEnd::Open(net::Endpoint endpoint) {
  absl::StatusOr<net::Stream> stream = co_await net::Connect(endpoint, Soon());
  assert(stream.ok());
  stream_.emplace(*std::move(stream));
}

net::Task<> TestServerEnd::Close() {
  stream_.reset();
  co_return;
}

net::Task<> TestServerEnd::Send(std::string packets) {
  (void)co_await stream_->Write(packets, Soon());
}

net::Task<std::optional<Answer>> TestServerEnd::Next() {
  while (true) {
    const absl::StatusOr<std::optional<Packet>> packet = reader_.Next();
    if (!packet.ok()) co_return std::nullopt;
    if (packet->has_value()) {
      Answer answer{(*packet)->letter, std::string((*packet)->body)};
      co_return answer;
    }
    const absl::StatusOr<size_t> bytes =
        co_await stream_->Read(reader_.Space(), Soon());
    if (!bytes.ok() || *bytes == 0) co_return std::nullopt;
    reader_.Fill(*bytes);
  }
}

std::vector<Answer> TestServerEnd::Exchange(const std::string& packets,
                                            size_t answers) {
  runtime_.BlockOn(Send(packets));
  std::vector<Answer> received;
  while (received.size() < answers) {
    std::optional<Answer> answer = runtime_.BlockOn(Next());
    if (!answer.has_value()) break;
    received.push_back(*std::move(answer));
  }
  return received;
}

std::vector<Answer> TestServerEnd::Finish(const std::string& packets) {
  runtime_.BlockOn(Send(packets));
  std::vector<Answer> received;
  while (received.empty() ||
         absl::string_view("acdrty").find(received.back().letter) ==
             absl::string_view::npos) {
    std::optional<Answer> answer = runtime_.BlockOn(Next());
    if (!answer.has_value()) break;
    received.push_back(*std::move(answer));
  }
  return received;
}

bool TestServerEnd::IsClosed() { return !runtime_.BlockOn(Next()).has_value(); }

std::string PacketOf(Command command) {
  std::string packet;
  AppendCommand(command, "", packet);
  return packet;
}

std::string OfferOf(uint32_t version) {
  std::string packets;
  AppendOptions({version, ActionsOf(version), StepsOf(version)}, packets);
  return packets;
}

std::string EnvelopePackets(absl::string_view sender) {
  std::string packets;
  AddMacros(Command::kConnect, {{"j", "mx.example.org"}, {"daemon_name", "mx"}},
            packets);
  AppendConnect(
      {"mail.example.net", net::IpAddress::Parse("192.0.2.1").value(), 4711},
      packets);
  AddMacros(Command::kHelo, {{"tls_version", "TLSv1.3"}}, packets);
  AppendText(Command::kHelo, "mail.example.net", packets);
  AddMacros(Command::kSender, {{"auth_authen", "ann"}}, packets);
  AppendPath(Command::kSender, {std::string(sender), {"SIZE=100"}, {}},
             packets);
  AddMacros(Command::kRecipient, {{"i", "4FzQ"}, {"rcpt_host", "one"}},
            packets);
  AppendPath(Command::kRecipient, {"b@example.org", {"NOTIFY=NEVER"}, {}},
             packets);
  AddMacros(Command::kRecipient, {{"i", "4FzQ"}, {"rcpt_host", "two"}},
            packets);
  AppendPath(Command::kRecipient, {"c@example.org", {}, {}}, packets);
  return packets;
}

std::string MessagePackets() {
  std::string packets;
  AppendHeader({"From", " a@example.net"}, packets);
  AppendHeader({"Subject", "  two spaces\n\tfolded "}, packets);
  AppendHeader({"X-Empty", ""}, packets);
  AppendCommand(Command::kEndOfHeader, "", packets);
  AppendCommand(Command::kBody, "one\r\n", packets);
  AppendCommand(Command::kBody, "two\r\n", packets);
  return packets;
}

}  // namespace postern::milter
