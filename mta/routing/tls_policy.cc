#include "mta/routing/tls_policy.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/net/ip.h"

namespace postern::mta::routing {
namespace {

constexpr absl::string_view kNames[] = {"none",   "may",       "encrypt",
                                        "dane",   "dane-only", "fingerprint",
                                        "verify", "secure"};
constexpr char kBetweenWords[] = " \t\r\n,";
constexpr absl::string_view kHostname = "hostname";
constexpr absl::string_view kNexthop = "nexthop";
constexpr absl::string_view kDotNexthop = "dot-nexthop";

absl::Status Wrong(absl::string_view what, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " \"", Printable(text), "\""));
}

absl::StatusOr<TlsLevel> LevelOf(absl::string_view word) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (absl::EqualsIgnoreCase(kNames[i], word)) {
      return static_cast<TlsLevel>(i);
    }
  }
  return Wrong("no such level:", word);
}

// Names are divided by colons; digests have colons of their own.
void AddMatches(TlsLevel level, absl::string_view text, TlsPolicy& policy) {
  const bool is_digest = level == TlsLevel::kFingerprint;
  for (absl::string_view one :
       absl::StrSplit(text, is_digest ? '|' : ':', absl::SkipEmpty())) {
    policy.match.push_back(is_digest ? absl::AsciiStrToUpper(one)
                                     : absl::AsciiStrToLower(one));
  }
}

absl::Status Apply(absl::string_view name, absl::string_view value,
                   TlsPolicy& policy) {
  if (value.empty()) return Wrong("no value for", name);
  if (name == "match" && policy.level >= TlsLevel::kFingerprint) {
    AddMatches(policy.level, value, policy);
  } else if (name == "protocols") {
    ASSIGN_OR_RETURN(policy.strength.may.versions,
                     net::TlsVersions::Parse(value));
    policy.strength.must.versions = policy.strength.may.versions;
  } else if (name == "ciphers") {
    if (value != "medium" && value != "high") {
      return Wrong("neither medium nor high: ciphers", value);
    }
    policy.strength.may.ciphers =
        value == "high" ? net::TlsCiphers::kHigh : net::TlsCiphers::kMedium;
    policy.strength.must.ciphers = policy.strength.may.ciphers;
  } else if (name == "servername") {
    policy.server_name = absl::AsciiStrToLower(value);
  } else {
    return Wrong("no such attribute at this level:", name);
  }
  return absl::OkStatus();
}

// The names that a certificate may have.
std::vector<std::string> NamesIn(const TlsPolicy& policy,
                                 const NextHop& next_hop, const Host& host) {
  const bool is_address = net::IpAddress::Parse(next_hop.host).ok();
  std::vector<std::string> names;
  for (const std::string& one : policy.match) {
    if (one == kHostname) {
      names.push_back(host.name);
    } else if (one == kNexthop) {
      names.push_back(next_hop.host);
    } else if (one != kDotNexthop) {
      names.push_back(one);
    } else if (!is_address) {
      names.push_back(absl::StrCat(".", next_hop.host));
    }
  }
  return names;
}

bool IsDane(TlsLevel level) {
  return level == TlsLevel::kDane || level == TlsLevel::kDaneOnly;
}

}  // namespace

absl::string_view NameOf(TlsLevel level) {
  return kNames[static_cast<size_t>(level)];
}

bool MayHaveSts(TlsLevel level) {
  return level == TlsLevel::kMay || level == TlsLevel::kDane;
}

TlsPolicy TlsDefaults::Of(TlsLevel level) const {
  TlsPolicy policy = {
      .level = level, .strength = strength, .insecure_mx = insecure_mx};
  if (level == TlsLevel::kVerify) policy.match = verify_match;
  if (level == TlsLevel::kSecure) policy.match = secure_match;
  return policy;
}

absl::StatusOr<TlsPolicy> ParseTlsPolicy(absl::string_view entry,
                                         const TlsDefaults& defaults) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(entry, absl::ByAnyChar(kBetweenWords), absl::SkipEmpty());
  if (words.empty()) return absl::InvalidArgumentError("an empty entry");
  ASSIGN_OR_RETURN(const TlsLevel level, LevelOf(words[0]));
  if (IsDane(level) && !defaults.has_dnssec) {
    return absl::InvalidArgumentError(
        absl::StrCat(NameOf(level), " needs dns.dnssec"));
  }
  TlsPolicy policy = defaults.Of(level);
  std::vector<std::string> usual_match = std::exchange(policy.match, {});
  for (size_t i = 1; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> attribute =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    RETURN_IF_ERROR(Apply(attribute.first, attribute.second, policy));
  }
  if (policy.match.empty()) policy.match = std::move(usual_match);
  if (policy.match.empty() && level >= TlsLevel::kFingerprint) {
    return absl::InvalidArgumentError(
        absl::StrCat(NameOf(level), " without match="));
  }
  return policy;
}

std::vector<std::string> TlsPolicyKeys(const NextHop& next_hop,
                                       uint16_t default_port) {
  const bool is_host = next_hop.kind == NextHop::Kind::kHost;
  const std::string bare =
      is_host ? absl::StrCat("[", next_hop.host, "]") : next_hop.host;
  const std::string whole = absl::StrCat(bare, ":", next_hop.port);
  if (next_hop.port != default_port) return {whole};
  std::vector<std::string> keys = {bare, whole};
  if (is_host) return keys;
  keys.pop_back();
  for (size_t dot = bare.find('.', 1); dot != bare.npos;
       dot = bare.find('.', dot + 1)) {
    keys.push_back(bare.substr(dot));
  }
  keys.push_back(whole);
  return keys;
}

TlsDemand BasicDemand(const TlsPolicy& policy, TlsLevel level,
                      const Host& host) {
  const TlsStrength& strength = policy.strength.At(level);
  TlsDemand demand;
  demand.level = level;
  demand.peer.server_name =
      policy.server_name.empty() || policy.server_name == kHostname
          ? host.name
          : policy.server_name;
  demand.peer.versions = strength.versions;
  demand.peer.ciphers = strength.ciphers;
  SetSessionKey(host, demand);
  return demand;
}

void SetSessionKey(const Host& host, TlsDemand& demand) {
  net::TlsPeer& peer = demand.peer;
  std::string key =
      absl::StrCat(NameOf(demand.level), " ", host.ToString(), " ",
                   peer.server_name, " ", absl::StrJoin(peer.names, ":"), " ",
                   absl::StrJoin(demand.fingerprints, "|"), " ",
                   peer.versions.tls12, peer.versions.tls13,
                   peer.ciphers == net::TlsCiphers::kHigh, peer.is_lenient);
  for (const net::TlsaRecord& record : peer.tlsa) {
    absl::StrAppend(&key, " ", record.usage, " ", record.selector, " ",
                    record.matching_type, " ",
                    absl::BytesToHexString(record.data));
  }
  peer.session_key = std::move(key);
}

TlsDemand DemandOf(const TlsPolicy& policy, const NextHop& next_hop,
                   const Host& host) {
  TlsDemand demand = BasicDemand(
      policy, IsDane(policy.level) ? TlsLevel::kMay : policy.level, host);
  if (policy.level == TlsLevel::kFingerprint) {
    demand.fingerprints = policy.match;
    demand.is_host_trusted = true;
  } else if (policy.level > TlsLevel::kFingerprint) {
    demand.peer.proof = net::TlsPeer::Proof::kName;
    demand.peer.names = NamesIn(policy, next_hop, host);
    demand.is_host_trusted =
        (next_hop.kind == NextHop::Kind::kHost && host.name == next_hop.host) ||
        std::find(policy.match.begin(), policy.match.end(), kHostname) ==
            policy.match.end();
  }
  SetSessionKey(host, demand);
  return demand;
}

}  // namespace postern::mta::routing
