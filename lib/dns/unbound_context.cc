#include "lib/dns/unbound_context.h"

#include <unbound.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/dns/local_data.h"
#include "lib/dns/server_address.h"
#include "proto/config/v1/dns.pb.h"

namespace postern::dns {
namespace {

constexpr int64_t kDefaultCacheBytes = 8 << 20;
constexpr uint32_t kDefaultEdnsBytes = 1232;
constexpr char kDefaultTrustAnchorFile[] = "/usr/share/dns/root.key";

absl::Status Check(int error, absl::string_view what) {
  if (error == UB_NOERROR) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": ", ub_strerror(error)));
}

absl::Status SetOption(ub_ctx* context, const std::string& option,
                       const std::string& value) {
  return Check(ub_ctx_set_option(context, option.c_str(), value.c_str()),
               absl::StrCat("dns: unbound's option ", option, " ", value));
}

absl::Status SetOptions(ub_ctx* context, const config::v1::Dns& config) {
  const int64_t cache_bytes =
      config.cache_size() > 0 ? config.cache_size() : kDefaultCacheBytes;
  const uint32_t edns_bytes = config.edns_buffer_size() > 0
                                  ? config.edns_buffer_size()
                                  : kDefaultEdnsBytes;
  const std::pair<std::string, std::string> options[] = {
      {"use-syslog:", "no"},
      {"verbosity:", "0"},
      {"module-config:", config.dnssec() ? "validator iterator" : "iterator"},
      {"rrset-cache-size:", absl::StrCat(cache_bytes / 3 * 2)},
      {"msg-cache-size:", absl::StrCat(cache_bytes / 3)},
      {"edns-buffer-size:", absl::StrCat(edns_bytes)},
      // A name server on this machine is as good as any.
      {"do-not-query-localhost:", "no"},
      // The names of private addresses are the business of whoever we ask.
      {"unblock-lan-zones:", "yes"},
      {"insecure-lan-zones:", "yes"},
      // A server that was away is noticed when it is back.
      {"infra-keep-probing:", "yes"},
  };
  for (const auto& [option, value] : options) {
    RETURN_IF_ERROR(SetOption(context, option, value));
  }
  return absl::OkStatus();
}

absl::Status SetServers(ub_ctx* context, const config::v1::Dns& config) {
  for (const std::string& server : config.servers()) {
    const absl::StatusOr<std::string> address = UnboundAddress(server);
    if (!address.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("servers: ", address.status().message()));
    }
    RETURN_IF_ERROR(Check(ub_ctx_set_fwd(context, address->c_str()),
                          absl::StrCat("servers: ", server)));
  }
  if (config.servers().empty()) {
    // Where these files are missing there is nothing to be had from them: we
    // then ask the root servers.
    ub_ctx_resolvconf(context, nullptr);
    ub_ctx_hosts(context, nullptr);
  }
  return absl::OkStatus();
}

absl::Status SetTrustAnchors(ub_ctx* context, const config::v1::Dns& config) {
  if (!config.dnssec()) return absl::OkStatus();
  const std::string file = config.trust_anchor_file().empty()
                               ? kDefaultTrustAnchorFile
                               : config.trust_anchor_file();
  const absl::StatusOr<std::string> content = ReadFile(file);
  if (!content.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("trust_anchor_file: ", content.status().message()));
  }
  return Check(ub_ctx_add_ta_file(context, file.c_str()),
               absl::StrCat("trust_anchor_file: ", file));
}

absl::StatusOr<LocalData> ReadLocalData(const config::v1::Dns& config) {
  LocalData data;
  for (int i = 0; i < config.local_data_size(); ++i) {
    RETURN_IF_ERROR(
        data.Add(config.local_data(i), absl::StrCat("local_data: ", i + 1)));
  }
  for (const std::string& file : config.local_data_files()) {
    const absl::StatusOr<std::string> content = ReadFile(file);
    if (!content.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("local_data_files: ", content.status().message()));
    }
    RETURN_IF_ERROR(
        data.Add(*content, absl::StrCat("local_data_files: ", file)));
  }
  return data;
}

// Also ends the time of options: libunbound reads the trust anchors here.
absl::Status AddLocalData(ub_ctx* context, const config::v1::Dns& config) {
  ASSIGN_OR_RETURN(const LocalData data, ReadLocalData(config));
  RETURN_IF_ERROR(Check(ub_ctx_data_remove(context, "nothing.invalid"), "dns"));
  for (const std::string& zone : data.Zones()) {
    RETURN_IF_ERROR(Check(ub_ctx_zone_add(context, zone.c_str(), "static"),
                          absl::StrCat("local_data: ", zone)));
  }
  for (const LocalData::Line& line : data.lines()) {
    RETURN_IF_ERROR(
        Check(ub_ctx_data_add(context, line.text.c_str()), line.place));
  }
  return absl::OkStatus();
}

}  // namespace

void UnboundContextDeleter::operator()(ub_ctx* context) const {
  ub_ctx_delete(context);
}

absl::StatusOr<UnboundContext> MakeUnboundContext(
    const config::v1::Dns& config) {
  UnboundContext context(ub_ctx_create());
  if (context == nullptr) {
    return absl::ResourceExhaustedError("dns: libunbound has no memory");
  }
  RETURN_IF_ERROR(SetOptions(context.get(), config));
  RETURN_IF_ERROR(SetServers(context.get(), config));
  RETURN_IF_ERROR(SetTrustAnchors(context.get(), config));
  RETURN_IF_ERROR(
      Check(ub_ctx_async(context.get(), /*dothread=*/1), "dns: async"));
  RETURN_IF_ERROR(AddLocalData(context.get(), config));
  return context;
}

}  // namespace postern::dns
