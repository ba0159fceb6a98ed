// References between settings: $name stands for the value of another one.
//
//   myorigin: $mydomain
//   mydestination: [$myhostname, localhost.$mydomain, localhost]
//   local_recipient_maps: [unix:passwd.byname, $alias_maps]
//
//   RETURN_IF_ERROR(config::ExpandReferences({{"mydomain", domain}}, config));
//
// $name, ${name} and $(name) are the same. A reference that is a whole item of
// a list and names a list stands for all of its items; inside other text the
// items are joined with ", ". $$ is a dollar sign. What is no reference to a
// text or a list of texts stays as it stands: $1, and the names that another
// part gives a meaning to.
//
// Source:  postconf(5), main.cf.
// Errors:  InvalidArgument "<field>: refers to itself".
// Threads: pure.
// Limits:  only the fields of the message itself, not those of its blocks.

#ifndef POSTERN_LIB_CONFIG_REFERENCE_H_
#define POSTERN_LIB_CONFIG_REFERENCE_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace postern::config {

// Replaces every reference in `config`. `values` come before the fields, for
// names that are no field or have a value that is computed.
absl::Status ExpandReferences(
    const absl::flat_hash_map<std::string, std::string>& values,
    google::protobuf::Message& config);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_REFERENCE_H_
