using System.Security.Cryptography;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>The operating system's generator.</summary>
internal sealed class SystemEntropy : IEntropy
{
    public void Fill(Span<byte> octets) => RandomNumberGenerator.Fill(octets);
}
