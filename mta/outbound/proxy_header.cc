#include "mta/outbound/proxy_header.h"

namespace postern::mta::outbound {
namespace {

constexpr char kStart[] = "\r\n\r\n\0\r\nQUIT\n";
constexpr char kLocal = 0x20;
constexpr char kProxy = 0x21;
constexpr char kTcp4 = 0x11;
constexpr char kTcp6 = 0x21;

void AppendNumber(uint16_t number, std::string& out) {
  out += static_cast<char>(number >> 8);
  out += static_cast<char>(number & 0xff);
}

void AppendAddress(const net::IpAddress& address, std::string& out) {
  out.append(reinterpret_cast<const char*>(address.bytes().data()),
             address.bits() / 8);
}

}  // namespace

std::string ProxyHeader(const net::IpAddress& source, uint16_t source_port,
                        const net::IpAddress& destination,
                        uint16_t destination_port) {
  std::string header(kStart, sizeof(kStart) - 1);
  if (source.is_v4() != destination.is_v4()) {
    header += kLocal;
    header += '\0';
    AppendNumber(0, header);
    return header;
  }
  header += kProxy;
  header += source.is_v4() ? kTcp4 : kTcp6;
  AppendNumber(2 * (source.bits() / 8 + 2), header);
  AppendAddress(source, header);
  AppendAddress(destination, header);
  AppendNumber(source_port, header);
  AppendNumber(destination_port, header);
  return header;
}

}  // namespace postern::mta::outbound
