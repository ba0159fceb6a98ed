// What the settings say of a recipient's way: transport_maps, the transport of
// its class of addresses, and what counts for its sender.
//
//   ASSIGN_OR_RETURN(const std::shared_ptr<const TransportMap> transports,
//                    TransportMap::Open(config));
//   CO_ASSIGN_OR_RETURN(const Transport transport,
//                       co_await transports->Find(address_class, sender, to));
//   ASSIGN_OR_RETURN(const NextHop hop, router.For(recipient, transport));
//
// The class says local_transport, virtual_transport, relay_transport or
// default_transport (an empty one is Postfix's default), instead of the last
// sender_dependent_default_transport_maps. Where that has no next hop,
// sender_dependent_relayhost_maps may name one. What transport_maps say of the
// recipient counts more than all this:
//
//   user+ext@domain, user@domain, domain, .domain and its parents, *
//
// With transport_maps in parent_domain_matches_subdomains it is domain and its
// parents without the dot. Tables of patterns are asked for the address as it
// is, and no more. DUNNO in a table of senders ends the search.
//
// Source:  transport(5), postconf(5).
// Errors:  Open() returns InvalidArgument; the text starts with the field, also
//          for a wrong value in a table that can be read beforehand. Find()
//          fails when a table cannot be asked, and with InvalidArgument for a
//          wrong value: then the mail waits.
// Threads: immutable once created; safe to share. Tables are read when it is
//          created; make a new one to see changes.

#ifndef POSTERN_MTA_ROUTING_TRANSPORT_MAP_H_
#define POSTERN_MTA_ROUTING_TRANSPORT_MAP_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"
#include "lib/net/task.h"
#include "lib/table/table.h"
#include "mta/rewriting/address_class.h"
#include "mta/routing/table_list.h"
#include "mta/routing/transport.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::routing {

class TransportMap {
 public:
  // `config` has its references expanded (lib/config/reference.h).
  static absl::StatusOr<std::shared_ptr<const TransportMap>> Open(
      const config::v1::Mta& config,
      const table::Environment& tables = table::Environment());

  // Returns what carries mail from `sender` to `recipient`; its kind is known.
  // The map must outlive the task.
  net::Task<absl::StatusOr<Transport>> Find(
      rewriting::AddressClass address_class, std::string sender,
      mail::Address recipient) const;

 private:
  TransportMap() = default;
  absl::Status OpenTables(const config::v1::Mta& config,
                          const table::Environment& environment);
  net::Task<absl::StatusOr<Transport>> OfClass(
      rewriting::AddressClass address_class, std::string sender) const;
  std::vector<std::string> KeysOf(const mail::Address& recipient) const;

  std::vector<std::string> pipes_;  // The transports that are commands.
  Transport default_;
  Transport relay_;
  Transport virtual_;
  Transport local_;
  TableList transports_;
  TableList relayhosts_;
  TableList sender_transports_;
  std::string null_relayhost_key_;
  std::string null_transport_key_;
  std::string delimiters_;
  bool parents_match_ = false;
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_TRANSPORT_MAP_H_
