// A certificate that nobody vouches for, made for localhost and 127.0.0.1, valid until 2126; its key guards nothing.
// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost
//   -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJaTRMUurKslWxtuV
6F5/G9A+PxGoKr+SzB/PE3/SWkahRANCAATCWYyIrEUDJj1sdmfPIwUB81KdBEoz
NkcCKW1JwVKMWTXaBc7L2G2/uQfuhJ1P42E7WYx0rqmujLKlI8fKtP6Q
-----END PRIVATE KEY-----`;

export const cert = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT6gAwIBAgIUHnCoYttRKu9j6z4iZGbgJQCGJ98wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzEyMzU0MloYDzIxMjYxMDMw
MTIzNTQyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATCWYyIrEUDJj1sdmfPIwUB81KdBEozNkcCKW1JwVKMWTXaBc7L2G2/
uQfuhJ1P42E7WYx0rqmujLKlI8fKtP6Qo2wwajAdBgNVHQ4EFgQU4wuhLaFahBSv
ts0SE37kyemCxyswHwYDVR0jBBgwFoAU4wuhLaFahBSvts0SE37kyemCxyswGgYD
VR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0E
AwIDSAAwRQIgdBUOZbWi6sZG3oSCsPy4GKyh3rXlw9TOW8wqNwN679oCIQCzIFwY
XXxKYJZY3YFNgwGPlx/voVKRrC8HDc+CQsJ5gw==
-----END CERTIFICATE-----`;
