// Whatever lies in the spool, reading an envelope ends in a Status; what is
// accepted survives being written again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mta/queue/envelope.h"
#include "mta/queue/spool_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace queue = postern::mta::queue;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const queue::QueueId id = {7};
  (void)queue::ParseEnvelope(id, input);
  (void)queue::ParseDamaged(input);
  (void)queue::IdInKey(queue::Table::kChunk, input);
  (void)queue::QueueId::Parse(input);
  // The input under a correct checksum, so that parsing begins.
  const auto envelope = queue::ParseEnvelope(
      id,
      queue::SealRecord(queue::SpoolKey(queue::Table::kEnvelope, id), input));
  if (envelope.ok()) {
    const auto again =
        queue::ParseEnvelope(id, queue::SerializeEnvelope(id, *envelope));
    if (!again.ok()) std::abort();
    if (again->SerializeAsString() != envelope->SerializeAsString()) {
      std::abort();
    }
  }
  return 0;
}
