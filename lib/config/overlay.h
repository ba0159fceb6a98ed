// Blocks of a file that are the whole file again with a few fields changed:
// what one listener does otherwise, as "-o" in Postfix's master.cf.
//
// A field with the option `overlay` has the type of the file itself and stands
// in the items of a list at the top. What it does not set is as at the top of
// the file, so who reads the message finds every field there. In between comes
// the preset of an enum value beside it: a role that means certain settings.
// A field is replaced as a whole: a list is not added to.
//
// Errors:  as message_reader.h; the name is "listeners[1].override.<field>".
// Threads: pure.
// Bugs:    of two members of a oneof one at the top and one in the overlay are
//          refused.

#ifndef POSTERN_LIB_CONFIG_OVERLAY_H_
#define POSTERN_LIB_CONFIG_OVERLAY_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/config/message_reader.h"
#include "lib/config/yaml_tree.h"

namespace postern::config {

// Tells whether `field` holds an overlay.
bool IsOverlay(const google::protobuf::FieldDescriptor& field);

// Tells whether the preset of an enum value in `item`, which has an overlay,
// sets the field `name`.
bool IsPreset(const google::protobuf::Message& item, absl::string_view name);

// Fills the overlays of `config`, all of whose other fields `reader` has read
// from `root`.
absl::Status ReadOverlays(const YamlNode& root, const MessageReader& reader,
                          google::protobuf::Message& config);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_OVERLAY_H_
