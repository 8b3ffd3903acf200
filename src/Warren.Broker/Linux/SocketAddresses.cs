using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Warren.Broker;

/// <summary>Reads the kernel's struct sockaddr.</summary>
internal static class SocketAddresses
{
    private const ushort InterNetwork = 2;
    private const ushort InterNetworkV6 = 10;

    public static IPEndPoint Read(ReadOnlySpan<byte> address)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return MemoryMarshal.Read<ushort>(address) switch
        {
            InterNetwork => new IPEndPoint(new IPAddress(address.Slice(4, 4)), port),
            InterNetworkV6 => new IPEndPoint(new IPAddress(address.Slice(8, 16)), port),
            _ => new IPEndPoint(IPAddress.None, 0),
        };
    }
}
