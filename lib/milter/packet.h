// Cuts a stream of bytes into milter packets, and writes them.
//
// A packet is a length of four bytes, a letter and a body. Both directions look
// alike; what the letters mean is in command.h and reply.h.
//
//   n = co_await stream.Read(reader.Space(), deadline);  reader.Fill(n);
//   ASSIGN_OR_RETURN(std::optional<Packet> packet, reader.Next());
//   AppendPacket('C', body, output);
//
// Source:  sendmail's libmilter (comm.c): the length counts the letter and the
//          body, the highest byte first.
// Errors:  Next() returns InvalidArgument for a packet without a letter and
//          for one beyond the limit (MTA-26); nothing can be read after that.
// Threads: one at a time.
// Limits:  kMaxPacketBytes. The buffer grows with what has arrived of a packet,
//          not with what its length promises; more than 128 KiB is not kept.

#ifndef POSTERN_LIB_MILTER_PACKET_H_
#define POSTERN_LIB_MILTER_PACKET_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::milter {

// Letter and body: room for the largest header field of a server that allows
// large ones.
inline constexpr size_t kMaxPacketBytes = size_t{1} << 20;
// The largest piece of a body that a packet has (MILTER_CHUNK_SIZE).
inline constexpr size_t kBodyChunkBytes = 65535;

struct Packet {
  char letter = 0;
  absl::string_view body;  // Good until the reader's Space().
};

class PacketReader {
 public:
  // Where the next bytes may be written: never empty. Invalidates packets.
  absl::Span<char> Space();
  // Says that `bytes` bytes were written there.
  void Fill(size_t bytes) { end_ += bytes; }

  // Returns the next whole packet, or nullopt when more bytes are needed.
  absl::StatusOr<std::optional<Packet>> Next();

  // Whether there are bytes of a packet that is not whole yet.
  bool has_partial_packet() const { return begin_ != end_; }

 private:
  std::string buffer_;
  size_t begin_ = 0;  // First byte of the packet that is being read.
  size_t end_ = 0;    // One past the last byte filled.
};

// Appends a packet whose body is `parts`, one behind the other.
void AppendPacket(char letter, std::initializer_list<absl::string_view> parts,
                  std::string& output);

// Begins a packet of a length not known yet: append its body to `output` and
// call EndPacket() with the result.
size_t BeginPacket(char letter, std::string& output);
void EndPacket(size_t begin, std::string& output);

// Takes the text up to the next NUL off the front of `body`, and the NUL;
// nullopt, and nothing taken, when there is no NUL.
std::optional<absl::string_view> TakeText(absl::string_view& body);

// Takes a number of four bytes off the front; nullopt when there are fewer.
std::optional<uint32_t> TakeNumber(absl::string_view& body);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_PACKET_H_
