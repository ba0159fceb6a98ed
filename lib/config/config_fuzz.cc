// Configuration files: whatever the text, the loader answers; what it accepts
// prints to a file that reads back to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/config/config.h"
#include "lib/config/example.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using google::protobuf::util::MessageDifferencer;
  using postern::config::Load;
  const absl::string_view yaml(reinterpret_cast<const char*>(data), size);
  postern::config::testing::Example config;
  if (!Load(yaml, "fuzz", config).ok()) return 0;
  postern::config::testing::Example again;
  if (!Load(postern::config::Print(config), "printed", again).ok() ||
      !MessageDifferencer::Equals(config, again)) {
    std::abort();
  }
  return 0;
}
