import { useEffect } from 'preact/hooks';

/** The title of the document while the component is shown. */
export const useTitle = (title: string): void => {
  useEffect(() => {
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
};
