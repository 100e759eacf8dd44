#pragma once
#include <string>
#include <vector>

namespace reprise::rest {

/// One form of request that must be refused.
struct HostileHead {
  const char* what;
  std::string bytes;
  int status;
};

/// Requests that readers of HTTP disagree about, or that only an attacker sends.
inline std::vector<HostileHead> hostile_heads() {
  const std::string post = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const std::string get = "GET / HTTP/1.1\r\nHost: localhost\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "a: b\r\n";
  return {
      {"Content-Length then chunked", post + "Content-Length: 5\r\n" + chunked + "\r\n", 400},
      {"chunked then Content-Length", post + chunked + "Content-Length: 5\r\n\r\n", 400},
      {"gzip then Content-Length", post + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", 400},
      {"Content-Length then gzip", post + "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
      {"gzip", post + "Transfer-Encoding: gzip\r\n\r\n", 400},
      {"xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n", 400},
      {"chunked, identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
      {"gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
      {"two Transfer-Encodings", post + chunked + chunked + "\r\n", 400},
      {"empty Transfer-Encoding", post + "Transfer-Encoding:\r\n\r\n", 400},
      {"chunked with a vertical tab", post + "Transfer-Encoding: \vchunked\r\n\r\n", 400},
      {"HTTP/1.0 with chunked", "POST /echo HTTP/1.0\r\nHost: localhost\r\n" + chunked + "\r\n", 400},
      {"two equal Content-Lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
      {"joined equal Content-Lengths", post + "Content-Length: 5, 5\r\n\r\n", 400},
      {"two different Content-Lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
      {"Content-Length +5", post + "Content-Length: +5\r\n\r\n", 400},
      {"Content-Length -1", post + "Content-Length: -1\r\n\r\n", 400},
      {"Content-Length 0x5", post + "Content-Length: 0x5\r\n\r\n", 400},
      {"Content-Length 2^64", post + "Content-Length: 18446744073709551616\r\n\r\n", 400},
      {"Content-Length with a blank inside", post + "Content-Length: 1 0\r\n\r\n", 400},
      {"empty Content-Length", post + "Content-Length:\r\n\r\n", 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400},
      {"Host with credentials", "GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n", 400},
      {"two names in Host", "GET / HTTP/1.1\r\nHost: localhost, evil\r\n\r\n", 400},
      {"folded line", get + "X: a\r\n b\r\n\r\n", 400},
      {"folded line with a tab", get + "X: a\r\n\tb\r\n\r\n", 400},
      {"folded first field", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
      {"announced trailer", post + chunked + "Trailer: Authorization\r\n\r\n", 400},
      {"bare line feeds", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"one bare line feed", "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400},
      {"line feed inside a value", get + "X: a\nb\r\n\r\n", 400},
      {"carriage return in a value", get + "X: a\rb\r\n\r\n", 400},
      {"NUL in a value", get + "X: a" + std::string(1, '\0') + "b\r\n\r\n", 400},
      {"NUL in the target", "GET /" + std::string(1, '\0') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"DEL in a value", get + "X: \x7f\r\n\r\n", 400},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n", 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"lower-case version", "GET / http/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"blank before the colon", get + "X : y\r\n\r\n", 400},
      {"no colon", get + "nonsense\r\n\r\n", 400},
      {"empty field name", get + ": y\r\n\r\n", 400},
      {"field name that is no token", get + "a(b): y\r\n\r\n", 400},
      {"two blanks in the request line", "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"blank in the target", "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"tab in the request line", "GET\t/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"blank after the version", "GET / HTTP/1.1 \r\nHost: localhost\r\n\r\n", 400},
      {"empty line first", "\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"empty method", " / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"method that is no token", "G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"long method", std::string(33, 'A') + " / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"9 KB method", std::string(9000, 'A') + " / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"9 KB target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
      {"9 KB header", get + "X: " + std::string(9000, 'a') + "\r\n\r\n", 431},
      {"101 fields", "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n", 431},
      {"absolute form", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"authority form", "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"raw UTF-8 target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"fragment in the target", "GET /#x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"backslash in the target", "GET /..\\x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET with a body", get + "Content-Length: 5\r\n\r\n", 400},
      {"GET with chunks", get + chunked + "\r\n", 400},
      {"HEAD with a body", "HEAD / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n", 400},
      {"Connection that is no list of tokens", get + "Connection: close, a b\r\n\r\n", 400},
      {"unknown expectation", post + "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", 417},
  };
}

/// Bodies that must be refused after an acceptable head that says chunked.
inline std::vector<HostileHead> hostile_chunks() {
  return {
      {"trailer Authorization", "2\r\n{}\r\n0\r\nAuthorization: x\r\n\r\n", 400},
      {"trailer Host", "2\r\n{}\r\n0\r\nHost: x\r\n\r\n", 400},
      {"chunk extension", "2;a=b\r\n{}\r\n0\r\n\r\n", 400},
      {"1 MB chunk extension", "2;" + std::string(1 << 20, 'a') + "\r\n{}\r\n0\r\n\r\n", 400},
      {"extension on the last chunk", "2\r\n{}\r\n0;a\r\n\r\n", 400},
      {"chunk size overflow", "10000000000000002\r\n{}\r\n0\r\n\r\n", 400},
      {"many leading zeros", "0000000000002\r\n{}\r\n0\r\n\r\n", 400},
      {"empty size", "\r\n{}\r\n0\r\n\r\n", 400},
      {"size with a sign", "+2\r\n{}\r\n0\r\n\r\n", 400},
      {"size with 0x", "0x2\r\n{}\r\n0\r\n\r\n", 400},
      {"blank after the size", "2 \r\n{}\r\n0\r\n\r\n", 400},
      {"bare line feed after the size", "2\n{}\r\n0\r\n\r\n", 400},
      {"bare line feed after the data", "2\r\n{}\n0\r\n\r\n", 400},
      {"data longer than its size", "2\r\n{}}\r\n0\r\n\r\n", 400},
      {"carriage return alone at the end", "2\r\n{}\r\n0\r\n\rx", 400},
      {"body beyond the limit", "FFFFFFFF\r\n", 413},
  };
}

}  // namespace reprise::rest
