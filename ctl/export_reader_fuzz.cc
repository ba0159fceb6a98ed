// Any bytes as an export: no crash, messages begin and end in order, and no
// more comes out than went in.

#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "ctl/export_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::ctl::ExportReader;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  ExportReader reader(in);
  if (!reader.Open().ok()) return 0;
  bool is_open = false;
  size_t bytes = 0;
  while (true) {
    const ExportReader::Item item = reader.Next();
    bytes += item.data.size();
    switch (item.kind) {
      case ExportReader::Kind::kMessage:
        if (is_open) std::abort();
        is_open = true;
        break;
      case ExportReader::Kind::kContent:
        if (!is_open) std::abort();
        break;
      case ExportReader::Kind::kComplete:
        if (!is_open) std::abort();
        is_open = false;
        break;
      case ExportReader::Kind::kDropped:
        is_open = false;
        break;
      case ExportReader::Kind::kEndOfFile:
        if (is_open || bytes > size) std::abort();
        return 0;
    }
  }
}
