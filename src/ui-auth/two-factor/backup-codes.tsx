/** The enrolment step that shows the backup codes. They are not shown again. */
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { CopyButton } from "../primitives/copy-button.tsx";
import { downloadFile } from "../primitives/download-file.ts";

export function BackupCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { messages } = useUiAuth();
  const text = `${codes.join("\n")}\n`;
  return (
    <div className="nno-form">
      <ul className="nno-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="nno-buttons">
        <Button onClick={() => downloadFile(messages.enrolment.fileName, "text/plain", text)}>
          {messages.enrolment.download}
        </Button>
        <CopyButton text={text} />
      </div>
      <Button look="primary" onClick={onDone}>
        {messages.enrolment.codesDone}
      </Button>
    </div>
  );
}
