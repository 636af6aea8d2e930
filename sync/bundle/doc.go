// Package bundle is the file in which journal rows travel by hand: from a tablet
// without a network, revoked or salvaged, on a stick to the cloud.
//
// The file begins with the line "Muster export 1". Then come parts, each a
// wire.ExportPart preceded by its length in bytes as a varint: one header, which
// says who wrote the file and with which certificate; batches of rows, exactly
// as they would have gone over the line; one end, with the number of rows, how
// far each stream goes, and the signature. The signature is the device key's
// (ECDSA on P-256, ASN.1), over the SHA-256 of a fixed prefix, the SHA-256 of
// everything before the end, and the end without the signature. A file that is
// cut off has no end, and is refused.
package bundle
