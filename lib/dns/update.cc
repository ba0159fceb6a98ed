#include "lib/dns/update.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/base/big_endian.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/dns/message.h"
#include "lib/dns/record.h"
#include "lib/dns/wire.h"
#include "lib/net/stream.h"

namespace postern::dns {
namespace {

constexpr int kUpdate = 5;
constexpr uint16_t kIn = 1, kNoClass = 254, kAnyClass = 255;
constexpr uint16_t kTxt = static_cast<uint16_t>(Type::kTxt);
constexpr int kRefused = 5, kYxRrset = 7, kNotAuth = 9, kNotZone = 10;

void AppendRecord(absl::string_view name, uint16_t record_class,
                  absl::Duration ttl, absl::string_view rdata,
                  std::string* out) {
  out->append(WireName(name));
  AppendBigEndian(kTxt, out);
  AppendBigEndian(record_class, out);
  AppendBigEndian(static_cast<uint32_t>(absl::ToInt64Seconds(ttl)), out);
  AppendBigEndian(static_cast<uint16_t>(rdata.size()), out);
  absl::StrAppend(out, rdata);
}

// What the server's code says about the change.
absl::Status Refusal(int rcode, absl::string_view key) {
  const std::string name = RcodeName(rcode);
  switch (rcode) {
    case 0:
      return absl::OkStatus();
    case kYxRrset:
      return absl::AlreadyExistsError(
          absl::StrCat(name, ": there is such a record already"));
    case kRefused:
      return absl::PermissionDeniedError(absl::StrCat(
          name, ": the server does not let the key \"", key, "\" do that"));
    case kNotAuth:
    case kNotZone:
      return absl::FailedPreconditionError(absl::StrCat(
          name, ": the server is not one that has this zone to change"));
    default:
      return absl::UnavailableError(
          absl::StrCat(name, ": the server did not do it"));
  }
}

// Reads until `bytes` is full; the end before that is Unavailable.
net::Task<absl::Status> ReadAll(net::Stream& stream, absl::Span<char> bytes,
                                net::Deadline deadline) {
  while (!bytes.empty()) {
    CO_ASSIGN_OR_RETURN(const size_t got,
                        co_await stream.Read(bytes, deadline));
    if (got == 0) {
      co_return absl::UnavailableError("the server closed the connection");
    }
    bytes.remove_prefix(got);
  }
  co_return absl::OkStatus();
}

net::Task<absl::StatusOr<std::string>> Ask(net::Endpoint server,
                                           absl::string_view request,
                                           net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(net::Stream stream,
                      co_await net::Connect(std::move(server), deadline));
  std::string framed;
  AppendBigEndian(static_cast<uint16_t>(request.size()), &framed);
  absl::StrAppend(&framed, request);
  CO_RETURN_IF_ERROR(co_await stream.Write(framed, deadline));
  std::string length(2, '\0');
  CO_RETURN_IF_ERROR(
      co_await ReadAll(stream, absl::MakeSpan(length), deadline));
  std::string answer(ReadBigEndian<uint16_t>(length), '\0');
  CO_RETURN_IF_ERROR(
      co_await ReadAll(stream, absl::MakeSpan(answer), deadline));
  co_return answer;
}

}  // namespace

std::string TxtUpdate::Packed(uint16_t id) const {
  const uint16_t prerequisites = must_be_new ? 1 : 0;
  const uint16_t changes = (must_be_new ? 0 : 1) + (texts.empty() ? 0 : 1);
  std::string message;
  for (const uint16_t number :
       {id, static_cast<uint16_t>(kUpdate << 11), uint16_t{1}, prerequisites,
        changes, uint16_t{0}}) {
    AppendBigEndian(number, &message);
  }
  message += WireName(zone);
  AppendBigEndian(static_cast<uint16_t>(Type::kSoa), &message);
  AppendBigEndian(kIn, &message);
  // Section 2.4.3, no such records yet; or 2.5.2, delete those that there are.
  AppendRecord(name, must_be_new ? kNoClass : kAnyClass, absl::ZeroDuration(),
               "", &message);
  if (texts.empty()) return message;
  std::string rdata;
  for (const std::string& text : texts) {
    rdata.push_back(static_cast<char>(text.size()));
    rdata += text;
  }
  AppendRecord(name, kIn, ttl, rdata, &message);
  return message;
}

absl::Status CheckUpdateAnswer(absl::string_view request, absl::string_view mac,
                               const TsigKey& key, absl::string_view answer,
                               absl::Time now) {
  const absl::StatusOr<Message> message = Message::Parse(answer);
  if (!message.ok() || !message->is_answer || message->opcode != kUpdate ||
      message->id != ReadBigEndian<uint16_t>(request)) {
    return absl::UnavailableError("what the server sent is no answer");
  }
  const absl::Status refusal = Refusal(message->rcode, key.name);
  const absl::Status fault = key.CheckAnswer(mac, *message, answer, now);
  if (fault.ok()) return refusal;
  if (refusal.ok()) return fault;
  // Neither can be believed wholly, both help.
  return absl::Status(
      message->rcode == kNotAuth ? fault.code() : refusal.code(),
      absl::StrCat(RcodeName(message->rcode), ", ", fault.message()));
}

net::Task<absl::Status> SendUpdate(net::Endpoint server, TxtUpdate update,
                                   TsigKey key, const Clock& clock,
                                   net::Deadline deadline) {
  std::string request = update.Packed(static_cast<uint16_t>(Random64()));
  const std::string mac = key.Sign(clock.Now(), request);
  CO_ASSIGN_OR_RETURN(const std::string answer,
                      co_await Ask(std::move(server), request, deadline));
  co_return CheckUpdateAnswer(request, mac, key, answer, clock.Now());
}

}  // namespace postern::dns
