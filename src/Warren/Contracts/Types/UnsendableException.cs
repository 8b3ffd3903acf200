namespace Warren;

/// <summary>A value that cannot travel, and where it stands.</summary>
internal sealed class UnsendableException : InvalidOperationException
{
    private RpcFlaw _flaw;

    public UnsendableException(string text) => _flaw.Is(text);

    public override string Message => _flaw.ToString();

    public void In(string member) => _flaw.In(member);

    public void At(int index) => _flaw.At(index);
}
