// Writes a message as the YAML that reads back to it.
//
// Every field is written with its value, whether it is the default or not; left
// out are only optional fields, members of a oneof and optional blocks that
// are not there, and what an overlay has from the top of the file. Blocks are
// indented by two spaces; the keys of a map are
// sorted, so that the same message is always the same text.
//
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_PRINTER_H_
#define POSTERN_LIB_CONFIG_PRINTER_H_

#include <string>

#include "google/protobuf/message.h"

namespace postern::config {

// Returns the fields of `message`, each line indented by `indent` spaces;
// empty if there is nothing to write.
std::string PrintFields(const google::protobuf::Message& message, int indent);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_PRINTER_H_
