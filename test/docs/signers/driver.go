// Reads one call a line from stdin, with each argument in hex behind an x. Answers "text <hex>" or "error".
package main

import (
	"bufio"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.com/driver/filescookies"
)

func main() {
	text, err := os.ReadFile(os.Args[5])
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	signer := filescookies.Signer{FilesOrigin: os.Args[2], CookieDomain: os.Args[3], KeyPairID: os.Args[4], Key: key.(crypto.Signer)}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words := strings.Fields(lines.Text())
		args := []string{}
		for _, word := range words[1:] {
			bytes, _ := hex.DecodeString(word[1:])
			args = append(args, string(bytes))
		}
		if text, err := answer(signer, words[0], args); err == nil {
			fmt.Println("text", hex.EncodeToString([]byte(text)))
		} else {
			fmt.Println("error")
		}
	}
}

func answer(signer filescookies.Signer, call string, args []string) (string, error) {
	number := func(at int) int64 {
		value, _ := strconv.ParseInt(args[at], 10, 64)
		return value
	}
	switch call {
	case "id":
		return filescookies.DeriveUserID(args[0], args[1])
	case "start":
		start, ok := filescookies.NextStart(number(0), number(1))
		if !ok {
			return "", nil
		}
		return strconv.FormatInt(start, 10), nil
	case "set":
		lines, err := signer.SetCookies(args[0], number(1), number(2))
		return strings.Join(lines, "\n"), err
	case "clear":
		return strings.Join(signer.ClearCookies(args[0]), "\n"), nil
	default:
		return signer.Session(args[0], number(1), number(2)), nil
	}
}
