// Which of our addresses a connection leaves from, and what we call ourselves
// there.
//
//   ASSIGN_OR_RETURN(const BindAddresses ours,
//                    BindAddresses::FromConfig(config));
//   const std::string from = ours.For(peer, "example.org:25");
//   …connect from there…
//   const std::string& helo = ours.HeloName(stream.local().host);
//
// A destination has always the same address of ours: what it knows of that one,
// a greylist entry or a reputation, is not lost from one message to the next.
// Different destinations share the addresses out between them.
//
// Source:  postconf(5) smtp_bind_address, smtp_bind_address6, smtp_helo_name;
//          there are several addresses here, and a name for each.
// Errors:  InvalidArgument; the text starts with the config field at fault.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_OUTBOUND_BIND_ADDRESSES_H_
#define POSTERN_MTA_OUTBOUND_BIND_ADDRESSES_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

class BindAddresses {
 public:
  static absl::StatusOr<BindAddresses> FromConfig(
      const config::v1::Mta& config);

  // Returns the address to connect to `peer` from; empty: the kernel chooses.
  std::string For(const net::IpAddress& peer,
                  absl::string_view destination) const;

  // Returns our name at the address that a connection has.
  const std::string& HeloName(const std::string& local_address) const;

  // Without the address there is no connection.
  bool is_enforced() const { return is_enforced_; }

 private:
  std::vector<std::string> v4_;
  std::vector<std::string> v6_;
  std::string name_;
  absl::flat_hash_map<std::string, std::string> names_;  // By address.
  bool is_enforced_ = false;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_BIND_ADDRESSES_H_
