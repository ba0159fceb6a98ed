#include "lib/dns/tsig.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/base/big_endian.h"
#include "lib/dns/wire.h"

namespace postern::dns {
namespace {

using Hash = net::KeyedDigest::Hash;

constexpr uint16_t kTsig = 250;
constexpr uint16_t kAnyClass = 255;
constexpr uint16_t kFudgeSeconds = 300;
constexpr uint16_t kBadSig = 16, kBadKey = 17, kBadTime = 18;

// The fields of a TSIG record that are signed with the message.
struct Variables {
  std::string algorithm;  // Its name on the wire.
  uint64_t seconds = 0;   // 48 bits.
  uint16_t fudge = kFudgeSeconds;
  uint16_t error = 0;
  std::string other;
};

struct Tsig {
  Variables variables;
  std::string mac;
  uint16_t id = 0;
};

std::string AlgorithmName(Hash hash) {
  return WireName(hash == Hash::kSha256 ? "hmac-sha256" : "hmac-sha512");
}

void AppendTime(uint64_t seconds, std::string* out) {
  AppendBigEndian(static_cast<uint16_t>(seconds >> 32), out);
  AppendBigEndian(static_cast<uint32_t>(seconds), out);
}

void AppendBytes(absl::string_view bytes, std::string* out) {
  AppendBigEndian(static_cast<uint16_t>(bytes.size()), out);
  absl::StrAppend(out, bytes);
}

// RFC 8945 section 4.3.3.
std::string Signed(const TsigKey& key, const Variables& variables) {
  std::string bytes = WireName(key.name);
  AppendBigEndian(kAnyClass, &bytes);
  AppendBigEndian(uint32_t{0}, &bytes);
  bytes += variables.algorithm;
  AppendTime(variables.seconds, &bytes);
  AppendBigEndian(variables.fudge, &bytes);
  AppendBigEndian(variables.error, &bytes);
  AppendBytes(variables.other, &bytes);
  return bytes;
}

absl::StatusOr<Tsig> ReadTsig(absl::string_view rdata) {
  WireReader wire(rdata);
  Tsig tsig;
  tsig.variables.algorithm = WireName(wire.Name());
  const uint64_t high = wire.Number();
  tsig.variables.seconds = high << 32 | wire.LongNumber();
  tsig.variables.fudge = wire.Number();
  const uint16_t mac_bytes = wire.Number();
  tsig.mac = wire.Bytes(mac_bytes);
  tsig.id = wire.Number();
  tsig.variables.error = wire.Number();
  const uint16_t other_bytes = wire.Number();
  tsig.variables.other = wire.Bytes(other_bytes);
  if (wire.is_complete()) return tsig;
  return absl::PermissionDeniedError("the answer's signature is malformed");
}

// Says what the server has against our signature, if it is the key.
absl::Status KeyFault(const TsigKey& key, uint16_t error) {
  if (error == kBadKey) {
    return absl::PermissionDeniedError(absl::StrCat(
        "BADKEY: the server has no key \"", key.name, "\" of this algorithm"));
  }
  if (error == kBadSig) {
    return absl::PermissionDeniedError(
        absl::StrCat("BADSIG: the server has another secret for the key \"",
                     key.name, "\""));
  }
  return absl::OkStatus();
}

absl::Status TimeFault(const Tsig& tsig, absl::Time now) {
  uint64_t theirs = tsig.variables.seconds;
  if (tsig.variables.error == kBadTime) {
    WireReader wire(tsig.variables.other);
    const uint64_t high = wire.Number();
    theirs = high << 32 | wire.LongNumber();
    if (!wire.is_complete()) theirs = tsig.variables.seconds;
  }
  const absl::Duration ahead =
      absl::FromUnixSeconds(static_cast<int64_t>(theirs)) - now;
  if (tsig.variables.error != kBadTime &&
      absl::AbsDuration(ahead) <= absl::Seconds(tsig.variables.fudge)) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat(
      "BADTIME: the server's clock is ",
      absl::ToInt64Seconds(absl::AbsDuration(ahead)), " s ",
      ahead < absl::ZeroDuration() ? "behind" : "ahead of", " ours"));
}

}  // namespace

std::string TsigKey::Sign(absl::Time now, std::string& message) const {
  const Variables variables = {
      .algorithm = AlgorithmName(hash),
      .seconds = static_cast<uint64_t>(absl::ToUnixSeconds(now)),
      .other = ""};
  const std::string mac = net::KeyedDigestOf(
      secret, absl::StrCat(message, Signed(*this, variables)), hash);
  std::string rdata = variables.algorithm;
  AppendTime(variables.seconds, &rdata);
  AppendBigEndian(variables.fudge, &rdata);
  AppendBytes(mac, &rdata);
  rdata += message.substr(0, 2);  // The id.
  AppendBigEndian(variables.error, &rdata);
  AppendBytes(variables.other, &rdata);

  message += WireName(name);
  AppendBigEndian(kTsig, &message);
  AppendBigEndian(kAnyClass, &message);
  AppendBigEndian(uint32_t{0}, &message);
  AppendBytes(rdata, &message);
  std::string count;
  AppendBigEndian(
      static_cast<uint16_t>(
          1 + ReadBigEndian<uint16_t>(message.substr(kAdditionalCountPlace))),
      &count);
  message.replace(kAdditionalCountPlace, count.size(), count);
  return mac;
}

absl::Status TsigKey::CheckAnswer(absl::string_view mac, const Message& answer,
                                  absl::string_view bytes,
                                  absl::Time now) const {
  if (answer.records.empty() || answer.records.back().type != kTsig) {
    return absl::PermissionDeniedError("the answer is not signed");
  }
  const RawRecord& record = answer.records.back();
  const absl::StatusOr<Tsig> tsig = ReadTsig(record.rdata);
  if (!tsig.ok()) return tsig.status();
  // Such an answer cannot be signed.
  const absl::Status fault = KeyFault(*this, tsig->variables.error);
  if (!fault.ok()) return fault;

  std::string unsigned_bytes;
  AppendBigEndian(tsig->id, &unsigned_bytes);
  absl::StrAppend(&unsigned_bytes, bytes.substr(2, kAdditionalCountPlace - 2));
  AppendBigEndian(
      static_cast<uint16_t>(
          ReadBigEndian<uint16_t>(bytes.substr(kAdditionalCountPlace)) - 1),
      &unsigned_bytes);
  absl::StrAppend(
      &unsigned_bytes,
      bytes.substr(kMessageHeaderBytes, record.start - kMessageHeaderBytes));
  std::string all;
  AppendBytes(mac, &all);
  absl::StrAppend(&all, unsigned_bytes, Signed(*this, tsig->variables));
  if (WireName(record.name) != WireName(name) ||
      tsig->variables.algorithm != AlgorithmName(hash) ||
      !net::SameSecret(net::KeyedDigestOf(secret, all, hash), tsig->mac)) {
    return absl::PermissionDeniedError(
        "the answer is not signed with this key");
  }
  return TimeFault(*tsig, now);
}

}  // namespace postern::dns
